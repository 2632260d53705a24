//! Texts of XML elements by their path from the root, as S3's answers are checked.
//!
//! Used by [`crate::check`] and for listings by [`run`](mod@crate::run). Attributes and namespaces are left
//! out: no client of S3 reads them.

use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;
use quick_xml::reader::Reader;

/// Every element of the document in order: path (`ListBucketResult/Contents/Key`) and own text.
///
/// # Errors
/// A document that is not XML, as a text for the report.
pub(crate) fn elements(document: &str) -> Result<Vec<(String, String)>, String> {
    let mut reader = Reader::from_str(document);
    let mut elements: Vec<(String, String)> = Vec::new();
    // Indices into `elements` of the elements that are still open.
    let mut open: Vec<usize> = Vec::new();
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(start) => {
                let name = start.name();
                let path = child(&elements, &open, name.as_ref());
                open.push(elements.len());
                elements.push((path, String::new()));
            }
            Event::Empty(start) => {
                let path = child(&elements, &open, start.name().as_ref());
                elements.push((path, String::new()));
            }
            Event::End(_) => {
                open.pop();
            }
            Event::Text(text) => {
                let text = text.xml10_content().map_err(|error| error.to_string())?;
                append(&mut elements, &open, &text);
            }
            Event::CData(text) => {
                let text = text.xml10_content().map_err(|error| error.to_string())?;
                append(&mut elements, &open, &text);
            }
            Event::GeneralRef(reference) => {
                let name = reference.decode().map_err(|error| error.to_string())?;
                match reference
                    .resolve_char_ref()
                    .map_err(|error| error.to_string())?
                {
                    Some(character) => append(&mut elements, &open, &character.to_string()),
                    None => match resolve_predefined_entity(&name) {
                        Some(text) => append(&mut elements, &open, text),
                        None => return Err(format!("unknown entity &{name};")),
                    },
                }
            }
            Event::Eof if open.is_empty() && !elements.is_empty() => return Ok(elements),
            Event::Eof => return Err("the document breaks off".to_owned()),
            _ => {}
        }
    }
}

/// Texts of all elements at this path, in order.
pub(crate) fn texts<'a>(elements: &'a [(String, String)], path: &str) -> Vec<&'a str> {
    elements
        .iter()
        .filter(|(known, _)| known == path)
        .map(|(_, text)| text.as_str())
        .collect()
}

fn child(elements: &[(String, String)], open: &[usize], name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name);
    match open.last() {
        Some(&parent) => format!("{}/{name}", elements[parent].0),
        None => name.into_owned(),
    }
}

fn append(elements: &mut [(String, String)], open: &[usize], text: &str) {
    if let Some(&innermost) = open.last() {
        elements[innermost].1.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_have_paths_and_unescaped_texts() {
        let document = r#"<?xml version="1.0"?><L xmlns="x"><C><K>a&amp;b&#13;c</K></C><C><K>d</K></C><N/></L>"#;
        let elements = elements(document).unwrap();
        assert_eq!(texts(&elements, "L/C/K"), ["a&b\rc", "d"]);
        assert_eq!(texts(&elements, "L/N"), [""]);
        assert!(texts(&elements, "L/X").is_empty());
    }

    #[test]
    fn what_is_not_xml_is_refused() {
        for document in ["", "{}", "<a>", "<a></b>", "<a>&nope;</a>"] {
            assert!(elements(document).is_err(), "{document}");
        }
    }
}
