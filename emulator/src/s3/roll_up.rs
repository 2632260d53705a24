//! The listing engine: one page of sorted keys, rolled up at a delimiter.
//!
//! It only needs an iterator that can be opened anywhere, so every backing can use it, for objects
//! and for uploads. A common prefix is left by opening the iterator again behind it: a page costs
//! as many steps as it has entries, however many keys lie under a prefix.

use std::borrow::Cow;

/// Where an iterator is to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Start {
    /// At this key, if it is there.
    At(String),
    /// Behind this key.
    After(String),
}

/// An entry of a page, in order of its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entry<T> {
    /// A key and what is stored there.
    Key(String, T),
    /// All keys that begin so.
    CommonPrefix(String),
}

/// Entries in order, and whether there are more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page<T> {
    /// At most as many as asked for.
    pub(crate) entries: Vec<Entry<T>>,
    /// Whether entries follow.
    pub(crate) is_truncated: bool,
}

/// Lists the keys that begin with `prefix` and come after `start_after`, at most `entries_max`
/// entries.
///
/// `open` gives keys in ascending order from a place. Without `delimiter` (empty) nothing is rolled
/// up. A `start_after` that lies under a common prefix is behind that whole prefix, so that the
/// last entry of a page, whichever kind it is, begins the next one.
///
/// # Errors
/// The first fault that the iterator gives.
pub(crate) fn page<'a, T, E, I>(
    prefix: &str,
    delimiter: &str,
    start_after: &str,
    entries_max: usize,
    open: impl Fn(Start) -> I,
) -> Result<Page<T>, E>
where
    I: Iterator<Item = Result<(Cow<'a, str>, T), E>>,
{
    let mut entries = Vec::new();
    let mut is_truncated = false;
    let mut position = first_position(prefix, delimiter, start_after);
    if entries_max == 0 {
        // S3 answers a page of no entries as if it were complete.
        position = None;
    }
    while let Some(start) = position.take() {
        for item in open(start) {
            let (key, value) = item?;
            if !key.starts_with(prefix) {
                break;
            }
            if entries.len() == entries_max {
                is_truncated = true;
                break;
            }
            if let Some(common_prefix) = common_prefix(&key, prefix, delimiter) {
                entries.push(Entry::CommonPrefix(common_prefix.to_owned()));
                position = end_of_prefix(common_prefix).map(Start::At);
                break;
            }
            entries.push(Entry::Key(key.into_owned(), value));
        }
    }
    Ok(Page {
        entries,
        is_truncated,
    })
}

/// `None`: nothing can follow.
fn first_position(prefix: &str, delimiter: &str, start_after: &str) -> Option<Start> {
    if start_after < prefix || start_after.is_empty() {
        return Some(Start::At(prefix.to_owned()));
    }
    match common_prefix(start_after, prefix, delimiter) {
        Some(common_prefix) => end_of_prefix(common_prefix).map(Start::At),
        None => Some(Start::After(start_after.to_owned())),
    }
}

/// The part of `key` up to and with the first delimiter behind the prefix.
fn common_prefix<'k>(key: &'k str, prefix: &str, delimiter: &str) -> Option<&'k str> {
    if delimiter.is_empty() {
        return None;
    }
    let at = key.strip_prefix(prefix)?.find(delimiter)?;
    Some(&key[..prefix.len() + at + delimiter.len()])
}

/// The least text greater than everything that begins with `prefix`. `None`: there is no such text.
///
/// UTF-8 sorts as its characters do, so it is enough to raise the last character that can be
/// raised.
fn end_of_prefix(prefix: &str) -> Option<String> {
    let mut characters: Vec<char> = prefix.chars().collect();
    while let Some(last) = characters.pop() {
        // Skips the gap of the surrogates.
        if let Some(next) = (last..=char::MAX).nth(1) {
            characters.push(next);
            return Some(characters.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::collections::BTreeSet;
    use std::convert::Infallible;
    use std::ops::Bound;

    use proptest::prelude::*;

    use super::*;

    type Keys = BTreeSet<String>;

    type Item<'k> = Result<(Cow<'k, str>, ()), Infallible>;

    fn open(keys: &Keys, start: Start) -> impl Iterator<Item = Item<'_>> {
        let bound = match start {
            Start::At(key) => Bound::Included(key),
            Start::After(key) => Bound::Excluded(key),
        };
        keys.range((bound, Bound::Unbounded))
            .map(|key| Ok((Cow::from(key), ())))
    }

    fn text_of(entry: &Entry<()>) -> &str {
        match entry {
            Entry::Key(key, ()) | Entry::CommonPrefix(key) => key,
        }
    }

    /// All entries, looking at every key.
    fn naive(keys: &Keys, prefix: &str, delimiter: &str) -> Vec<Entry<()>> {
        let mut entries: Vec<Entry<()>> = keys
            .iter()
            .filter(|key| key.starts_with(prefix))
            .map(|key| {
                let rest = &key[prefix.len()..];
                match rest.split_once(delimiter) {
                    Some((head, _)) if !delimiter.is_empty() => {
                        Entry::CommonPrefix(format!("{prefix}{head}{delimiter}"))
                    }
                    _ => Entry::Key(key.clone(), ()),
                }
            })
            .collect();
        entries.sort_by(|a, b| text_of(a).cmp(text_of(b)));
        entries.dedup();
        entries
    }

    fn text(length: std::ops::Range<usize>) -> impl Strategy<Value = String> {
        let letters = prop::sample::select(vec!['a', 'b', '/', '+', 'é', char::MAX, '\u{d7ff}']);
        prop::collection::vec(letters, length).prop_map(|letters| letters.into_iter().collect())
    }

    proptest! {
        #[test]
        fn pages_visit_each_entry_once(
            keys in prop::collection::btree_set(text(1..7), 0..30),
            prefix in text(0..3),
            delimiter in text(0..2),
            page_size in 1_usize..5,
        ) {
            let mut visited = Vec::new();
            let mut start_after = String::new();
            loop {
                let found = page(&prefix, &delimiter, &start_after, page_size, |s| open(&keys, s)).unwrap();
                prop_assert!(found.entries.len() <= page_size);
                visited.extend(found.entries);
                if !found.is_truncated {
                    break;
                }
                start_after = text_of(visited.last().unwrap()).to_owned();
            }
            prop_assert_eq!(visited, naive(&keys, &prefix, &delimiter));
        }

        #[test]
        fn entries_lie_behind_start_after(
            keys in prop::collection::btree_set(text(1..7), 0..30),
            prefix in text(0..3),
            delimiter in text(0..2),
            start_after in text(0..7),
        ) {
            let found = page(&prefix, &delimiter, &start_after, usize::MAX, |s| open(&keys, s)).unwrap();
            let expected: Vec<_> = naive(&keys, &prefix, &delimiter)
                .into_iter()
                .filter(|entry| *text_of(entry) > *start_after)
                .collect();
            prop_assert_eq!(found.entries, expected);
            prop_assert!(!found.is_truncated);
        }
    }

    #[test]
    fn a_page_costs_its_entries_and_not_the_keys_below_them() {
        let keys: Keys = (0..10)
            .flat_map(|folder| (0..1000).map(move |n| format!("{folder}/{n}")))
            .collect();
        let steps = Cell::new(0);
        let found = page("", "/", "", 1000, |start| {
            open(&keys, start).inspect(|_| steps.set(steps.get() + 1))
        });
        let found = found.unwrap();
        assert_eq!(found.entries.len(), 10);
        assert_eq!(steps.get(), 10);
    }

    #[test]
    fn a_page_of_no_entries_is_complete() {
        let keys: Keys = ["a".to_owned()].into();
        let found = page("", "", "", 0, |start| open(&keys, start)).unwrap();
        assert!(found.entries.is_empty() && !found.is_truncated);
    }
}
