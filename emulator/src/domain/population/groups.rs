//! Who owns which endpoints: cuts the line of indexes into groups, each a user with all its
//! endpoints or one endpoint without a user.
//!
//! Groups never cross the border of a block of indexes and a block depends on its own number alone,
//! so that finding the group of an index takes one look at one block, however large the population.

use std::ops::Range;

use super::stream::Stream;
use crate::facts::limits::ENDPOINTS_PER_USER_MAX;
use crate::seed::Seed;

/// Indexes in a block. The last group of a block is cut short, so a longer block gives truer shares
/// and a shorter one is quicker to look through.
const BLOCK_LENGTH: u64 = 64;

/// How often a group has a user, and with how many endpoints.   (endpoints per user)
///
/// # Source
/// The shares are assumed.
const GROUP_KINDS: [(u32, GroupKind); 16] = [
    (220, GroupKind::Anonymous),
    (400, GroupKind::User(1)),
    (180, GroupKind::User(2)),
    (90, GroupKind::User(3)),
    (45, GroupKind::User(4)),
    (22, GroupKind::User(5)),
    (12, GroupKind::User(6)),
    (8, GroupKind::User(7)),
    (6, GroupKind::User(8)),
    (4, GroupKind::User(9)),
    (3, GroupKind::User(10)),
    (2, GroupKind::User(11)),
    (2, GroupKind::User(12)),
    (2, GroupKind::User(13)),
    (2, GroupKind::User(14)),
    (2, GroupKind::User(ENDPOINTS_PER_USER_MAX)),
];

#[derive(Debug, Clone, Copy)]
enum GroupKind {
    Anonymous,
    User(u64),
}

/// Endpoints that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    /// Never empty.
    pub(super) indexes: Range<u64>,
    /// Whether they belong to a user; if not, there is one index only.
    pub(super) has_user: bool,
}

/// The cut that a seed stands for.
#[derive(Debug, Clone)]
pub(super) struct Groups {
    seed: Seed,
}

impl Groups {
    pub(super) fn new(seed: Seed) -> Self {
        Self { seed }
    }

    /// The one group that has `index`.
    pub(super) fn group_of(&self, index: u64) -> Group {
        let block = index / BLOCK_LENGTH;
        let block_end = (block + 1) * BLOCK_LENGTH;
        let mut stream = Stream::new(&self.seed, block);
        let mut first = block * BLOCK_LENGTH;
        loop {
            let (length, has_user) = match stream.pick_weighted(&GROUP_KINDS) {
                GroupKind::Anonymous => (1, false),
                GroupKind::User(length) => (length, true),
            };
            let end = block_end.min(first + length);
            if index < end {
                return Group {
                    indexes: first..end,
                    has_user,
                };
            }
            first = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_partition_the_line_of_indexes() {
        let groups = Groups::new(Seed::new(5));
        let mut lengths = [0_u32; 16];
        let mut index = 0;
        while index < 100 * BLOCK_LENGTH {
            let group = groups.group_of(index);
            assert_eq!(group.indexes.start, index, "no gap and no overlap");
            let length = group.indexes.end - group.indexes.start;
            assert!((1..=ENDPOINTS_PER_USER_MAX).contains(&length));
            assert!(group.has_user || length == 1);
            for member in group.indexes.clone() {
                assert_eq!(groups.group_of(member), group);
            }
            lengths[usize::try_from(length).unwrap()] += 1;
            index = group.indexes.end;
        }
        assert_eq!(index, 100 * BLOCK_LENGTH, "blocks stand alone");
        assert!(lengths[1] > lengths[2] && lengths[2] > lengths[3]);
        assert!(lengths[8..].iter().sum::<u32>() > 0, "some users have many");
    }
}
