//! What a case checks, in words: the commands `list` and `explain`.

use std::fmt::Write as _;

use crate::case::{Expect, Step};
use crate::library::{Action, Case};
use crate::run::describe;

/// One line per case: name, evidence, claim.
pub fn list(cases: &[&Case]) -> String {
    let width = cases
        .iter()
        .map(|case| case.name.len())
        .max()
        .unwrap_or_default();
    let mut text = String::new();
    for case in cases {
        let Case {
            name,
            evidence,
            about,
            ..
        } = case;
        writeln!(text, "{name:width$}  {evidence:10}  {about}").expect("a string takes all writes");
    }
    text
}

/// Everything that is known about one case.
pub fn explain(case: &Case) -> String {
    let mut text = String::new();
    write(case, &mut text).expect("a string takes all writes");
    text
}

fn write(case: &Case, out: &mut String) -> std::fmt::Result {
    writeln!(out, "{}\n  {}\n", case.name, case.about)?;
    writeln!(out, "evidence  {}", case.evidence)?;
    writeln!(out, "source    {}", case.source)?;
    writeln!(out, "read      {}", case.read)?;
    if let Some(why) = &case.why {
        writeln!(out, "why       {why}")?;
    }
    if !case.features.is_empty() {
        let features: Vec<String> = case.features.iter().map(ToString::to_string).collect();
        writeln!(out, "needs     {}", features.join(", "))?;
    }
    match &case.action {
        Action::Program(_) => {
            writeln!(out, "\ndrives the client library by a program of the suite")
        }
        Action::Steps(steps) => {
            for (index, step) in steps.iter().enumerate() {
                writeln!(out, "\n{}. {}", index + 1, describe(step))?;
                match step {
                    Step::Request(request) => write_expect(out, &request.expect)?,
                    Step::Segment(segment) => {
                        writeln!(out, "   selects {}", segment.selects.join(", "))?;
                    }
                    Step::List(list) => writeln!(out, "   finds {}", list.names.join(", "))?,
                    Step::ReadExport(read) => {
                        for line in read.lines.iter().flatten() {
                            writeln!(out, "   has the line {}", crate::pattern::join_lines(line))?;
                        }
                    }
                    Step::PutEndpoints(_) | Step::Export(_) | Step::AdvanceMs(_) => {}
                }
            }
            Ok(())
        }
    }
}

fn write_expect(out: &mut String, expect: &Expect) -> std::fmt::Result {
    if let Some(status) = expect.status {
        writeln!(out, "   answers {status}")?;
    }
    for (name, pattern) in &expect.headers {
        writeln!(out, "   with header {name}: {pattern}")?;
    }
    for name in &expect.absent_headers {
        writeln!(out, "   without header {name}")?;
    }
    if let Some(json) = &expect.json {
        writeln!(out, "   with exactly {}", crate::pattern::join_lines(json))?;
    }
    if let Some(subset) = &expect.subset {
        writeln!(
            out,
            "   with at least {}",
            crate::pattern::join_lines(subset)
        )?;
    }
    for pointer in &expect.absent {
        writeln!(out, "   without {pointer}")?;
    }
    for (path, texts) in &expect.xml {
        writeln!(out, "   with {path}: {}", texts.as_slice().join(", "))?;
    }
    if let Some(text) = &expect.text {
        writeln!(out, "   with the text {text}")?;
    }
    if let Some(hex) = &expect.hex {
        writeln!(out, "   with the bytes {hex}")?;
    }
    if let Some(length) = expect.length {
        writeln!(out, "   with {length} bytes")?;
    }
    Ok(())
}
