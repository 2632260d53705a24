//! A list that is read page by page, newest first, while it changes.
//!
//! Used by the models that list something. A walk sees what was there when it began, without what has
//! gone since.

use super::{array, object};
use crate::state_machine::call::Answer;

/// Items on a page unless asked for more or fewer.
pub(crate) const PAGE_SIZE: usize = 50;

/// The walk that is going on, if one is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pages {
    /// What the tokens' names begin with, so that two lists have no name in common.
    name: &'static str,
    walk: Option<Walk>,
    /// Tokens given so far, so that each has its own name for what is bound at it.
    tokens: usize,
}

#[derive(Debug, Clone)]
struct Walk {
    size: Option<u8>,
    /// What has not been seen, in order.
    rest: Vec<usize>,
    token: String,
}

/// One page: what to ask for, and what it shows.
#[derive(Debug)]
pub(crate) struct Page {
    /// The numbers of its items, in order.
    pub(crate) items: Vec<usize>,
    query: String,
    next: Option<String>,
}

impl Pages {
    /// Another list beside the one that is there by default.
    pub(crate) fn named(name: &'static str) -> Self {
        Self {
            name,
            ..Self::default()
        }
    }

    /// The next page of the walk, or the first of a new one over the numbers below `count`: if none is
    /// going on, or if it is to begin `anew`.
    pub(crate) fn turn(
        &mut self,
        size: Option<u8>,
        anew: bool,
        count: usize,
        is_there: impl Fn(usize) -> bool,
    ) -> Page {
        let (size, mut items, token) = match self.walk.take().filter(|_| !anew) {
            Some(walk) => (walk.size, walk.rest, Some(walk.token)),
            None => (size, (0..count).rev().collect(), None),
        };
        items.retain(|number| is_there(*number));
        let rest = items.split_off(items.len().min(size.map_or(PAGE_SIZE, usize::from)));
        let query: Vec<String> = [
            size.map(|size| format!("page-size={size}")),
            token.map(|token| format!("token={{{token}:label}}")),
        ]
        .into_iter()
        .flatten()
        .collect();
        let mark = if query.is_empty() { "" } else { "?" };
        let next = (!rest.is_empty()).then(|| {
            self.tokens += 1;
            let token = format!("{}token-{}", self.name, self.tokens);
            self.walk = Some(Walk {
                size,
                rest,
                token: token.clone(),
            });
            token
        });
        Page {
            items,
            query: format!("{mark}{}", query.join("&")),
            next,
        }
    }
}

impl Page {
    /// The request for it, from the path of the list.
    pub(crate) fn line(&self, path: &str) -> String {
        format!("GET {path}{}", self.query)
    }

    /// The answer that shows these items.
    pub(crate) fn answer(&self, items: impl Iterator<Item = String>) -> Answer {
        let mut members = vec![("Item", array(items))];
        if let Some(token) = &self.next {
            members.push(("NextToken", format!(r#""{{{token}:text}}""#)));
        }
        Answer::Json(200, object(members))
    }
}
