//! What the project promises about its own text, read from the text.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use pinpoint_conformance::{Evidence, Library};

/// Modules of the emulator from left to right; left may never import right. A module of the emulator
/// that stands in no group makes the test fail, so that a new one finds its place.
const LAYERS: &[&[&str]] = &[
    &["facts", "model", "clock", "pace", "seed"],
    &["domain"],
    &[
        "config",
        "store",
        "s3::object_store",
        "s3::checksum",
        "s3::bodies",
        "s3::catalogue",
        "s3::roll_up",
        "s3::store",
    ],
    &["runner", "throttle"],
    &["operations"],
    &["load"],
    &["node"],
    &[
        "http",
        "s3",
        "s3::answer",
        "s3::front",
        "s3::service",
        "s3::unhonoured",
    ],
    &["fuzzing", "lib"],
    &["bin", "main"],
];

#[test]
fn left_never_imports_right() {
    let mut broken = Vec::new();
    for file in emulator_sources() {
        let module = module_of(&file);
        let layer = layer_of(&module);
        for import in imports(&file) {
            if layer_of(&import) > layer {
                broken.push(format!("{module} imports {import}"));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn cases_that_facts_cite_exist() {
    let library = Library::embedded().unwrap();
    let mut missing = BTreeSet::new();
    for file in emulator_sources() {
        for name in cited_cases(&fs::read_to_string(&file).unwrap()) {
            if library.find(&name).is_none() {
                missing.insert(format!("{name} (cited in {})", file.display()));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_suite_file_is_compiled_in() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let from_dir = Library::from_dir(&here).unwrap();
    let embedded = Library::embedded().unwrap();
    let embedded: BTreeSet<&str> = embedded
        .cases()
        .iter()
        .map(|case| case.name.as_str())
        .collect();
    for case in from_dir.cases() {
        assert!(
            embedded.contains(case.name.as_str()),
            "{} is in no embedded suite",
            case.name
        );
    }
}

#[test]
fn every_case_has_a_source_and_a_claim() {
    for case in Library::embedded().unwrap().cases() {
        assert!(!case.source.is_empty(), "{}", case.name);
        assert_eq!(
            case.why.is_some(),
            case.evidence == Evidence::Assumed,
            "{}: what is assumed says why",
            case.name
        );
        assert!(
            case.about.ends_with('.'),
            "{}: a claim is a sentence",
            case.name
        );
    }
}

#[test]
fn reading_imports_and_citations() {
    let text = "use crate::domain::id::{A, B};\nuse crate::{clock, seed::Seed};\n    use super::super::memory::X;\n";
    let imports = imports_of(text, "store::audience");
    assert_eq!(imports, ["domain::id", "clock", "seed", "memory"]);
    let text = "/// recorded; case: apps/a-b.\n/// case: protocol/c uses\n// case: by case";
    assert_eq!(cited_cases(text), ["apps/a-b", "protocol/c"]);
}

fn emulator_sources() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![emulator_src()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    assert!(!files.is_empty());
    files
}

fn emulator_src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../emulator/src")
}

/// `s3::object_store` for `s3/object_store.rs`, `domain` for `domain/mod.rs`.
fn module_of(file: &Path) -> String {
    let relative = file
        .strip_prefix(emulator_src())
        .unwrap()
        .with_extension("");
    let parts: Vec<&str> = relative.iter().map(|part| part.to_str().unwrap()).collect();
    parts.join("::").trim_end_matches("::mod").to_owned()
}

/// Position of the longest group entry that the module lies in.
fn layer_of(module: &str) -> usize {
    let mut found: Option<(usize, usize)> = None;
    for (layer, names) in LAYERS.iter().enumerate() {
        for name in *names {
            let inside = module == *name || module.starts_with(&format!("{name}::"));
            if inside && found.is_none_or(|(length, _)| name.len() > length) {
                found = Some((name.len(), layer));
            }
        }
    }
    let (_, layer) = found.unwrap_or_else(|| panic!("`{module}` has no place in LAYERS"));
    layer
}

fn imports(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap();
    // Tests may stand on whatever they like; by the rules of the house they come last.
    let code = text.split("#[cfg(test)]").next().unwrap();
    imports_of(code, &module_of(file))
}

/// Modules that `use` lines name through `crate` or `super`, as far as they are lower case.
fn imports_of(code: &str, module: &str) -> Vec<String> {
    let mut imports = Vec::new();
    for line in code.split(';') {
        let Some(path) = line
            .split("use ")
            .last()
            .map(|path| path.replace(char::is_whitespace, ""))
        else {
            continue;
        };
        let mut base: Vec<&str> = module.split("::").collect();
        let rest = if let Some(rest) = path.strip_prefix("crate::") {
            base.clear();
            rest
        } else if path.starts_with("super::") {
            let mut rest = path.as_str();
            while let Some(after) = rest.strip_prefix("super::") {
                base.pop();
                rest = after;
            }
            rest
        } else {
            continue;
        };
        let heads: Vec<&str> = match rest.strip_prefix('{') {
            Some(group) => split_group(group.trim_end_matches('}')),
            None => vec![rest],
        };
        for head in heads {
            let mut import = base.clone();
            let words = head.split("::").map(|word| word.trim_matches(['{', '}']));
            import.extend(words.take_while(|word| {
                word.starts_with(|first: char| first.is_ascii_lowercase())
                    && !word.contains(',')
                    && *word != "self"
            }));
            if !import.is_empty() {
                imports.push(import.join("::"));
            }
        }
    }
    imports
}

/// Splits at the commas of the outermost level.
fn split_group(group: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    group
        .split(|character| {
            match character {
                '{' => depth += 1,
                '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            character == ',' && depth == 0
        })
        .filter(|head| !head.is_empty())
        .collect()
}

fn cited_cases(text: &str) -> Vec<String> {
    text.split("case: ")
        .skip(1)
        .filter_map(|after| {
            let name: String = after
                .chars()
                .take_while(|c| {
                    c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '/')
                })
                .collect();
            name.contains('/').then_some(name)
        })
        .collect()
}
