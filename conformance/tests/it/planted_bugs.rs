//! The patches of `planted-bugs/` still fit the code, and it is written down what noticed each. Whether it is still noticed is
//! found out by `planted-bugs/run`, which takes too long for here.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn every_patch_applies() {
    let tree = tree();
    for (name, patch) in patches() {
        let hunks = hunks(&patch);
        assert!(!hunks.is_empty(), "{name} changes nothing");
        for hunk in hunks {
            let source = fs::read_to_string(tree.join(&hunk.file)).unwrap();
            let source: Vec<&str> = source.lines().collect();
            assert!(
                source
                    .windows(hunk.before.len())
                    .any(|lines| lines == hunk.before),
                "{name} has to follow {}, which has no more lines like\n{}",
                hunk.file,
                hunk.before.join("\n")
            );
            assert_ne!(hunk.before, hunk.after, "{name}");
        }
    }
}

#[test]
fn what_noticed_each_is_written_down() {
    let readme = fs::read_to_string(folder().join("README.md")).unwrap();
    let rows = readme.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| ")?.split(" | ");
        let (bug, noticed_by) = (cells.next()?, cells.next()?);
        (noticed_by.starts_with("the model of ") || noticed_by == "the cases").then_some(bug)
    });
    let noticed: BTreeSet<String> = rows.map(str::to_owned).collect();
    let planted: BTreeSet<String> = patches().into_iter().map(|(name, _)| name).collect();
    assert_eq!(planted, noticed);
}

/// Lines that a patch replaces.
#[derive(Debug, Default, PartialEq, Eq)]
struct Hunk<'a> {
    /// From the root of the tree.
    file: String,
    /// With the lines around them.
    before: Vec<&'a str>,
    after: Vec<&'a str>,
}

/// Reads a patch as `git diff` writes it.
fn hunks(patch: &str) -> Vec<Hunk<'_>> {
    let mut file = "";
    let mut hunks: Vec<Hunk<'_>> = Vec::new();
    for line in patch.lines() {
        let is_heading = |begin| line.starts_with(begin);
        if let Some(name) = line.strip_prefix("--- a/") {
            file = name;
        } else if line.starts_with("@@ ") {
            hunks.push(Hunk {
                file: file.to_owned(),
                ..Hunk::default()
            });
        } else if !["diff ", "index ", "+++ "].into_iter().any(is_heading) {
            let hunk = hunks.last_mut().expect("a hunk begins with @@");
            match line.split_at_checked(1) {
                Some(("-", text)) => hunk.before.push(text),
                Some(("+", text)) => hunk.after.push(text),
                Some((" ", text)) => {
                    hunk.before.push(text);
                    hunk.after.push(text);
                }
                _ => panic!("`{line}` is no line of a patch"),
            }
        }
    }
    hunks
}

#[test]
fn reading_a_patch() {
    let patch = "diff --git a/a.rs b/a.rs\nindex 1..2 100644\n--- a/a.rs\n+++ b/a.rs\n\
                 @@ -1,3 +1,2 @@ fn f() {\n one\n-two\n-three\n+2\n@@ -9 +8 @@\n-x\n";
    let hunk = |before: &[&'static str], after: &[&'static str]| Hunk {
        file: "a.rs".to_owned(),
        before: before.to_vec(),
        after: after.to_vec(),
    };
    assert_eq!(
        hunks(patch),
        [
            hunk(&["one", "two", "three"], &["one", "2"]),
            hunk(&["x"], &[])
        ]
    );
}

/// Name and text of each, in alphabetical order.
fn patches() -> Vec<(String, String)> {
    let mut patches = Vec::new();
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "patch")
        {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            patches.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
    patches.sort();
    patches
}

fn folder() -> PathBuf {
    tree().join("conformance/planted-bugs")
}

fn tree() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("the package lies in the tree")
}
