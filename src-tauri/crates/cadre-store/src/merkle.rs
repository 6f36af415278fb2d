//! The ledger as a Merkle log: the tree of RFC 9162 (and RFC 6962 before it) over the leaves of the entries.
//!
//! Pure, and without a node stored for any entry. Whoever appends keeps a [`Frontier`], one hash for each bit of the
//! size; whoever proves computes from the leaves, which are the hashes of the stored bodies. What a proof claims is
//! checked by [`inclusion_root`] and [`is_consistent`] alone, with nothing but the proof and a head.

use cadre_graph::Hash;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Of an inner node; a leaf has 0x00 (see [`ledger::leaf`](crate::ledger::leaf)).
const NODE: u8 = 0x01;

/// A proof longer than this is of no tree: sizes are 64-bit numbers, and a path takes at most two hashes a bit.
pub const LONGEST_PROOF: usize = 128;

fn node(left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [NODE; 65];
    bytes[1..33].copy_from_slice(left.as_bytes());
    bytes[33..].copy_from_slice(right.as_bytes());
    Hash::from_bytes(Sha256::digest(bytes).into())
}

/// The root of no leaves at all: the hash of nothing.
pub fn empty_root() -> Hash {
    Hash::from_bytes(Sha256::digest([]).into())
}

/// What is kept of a tree in order to append to it: the roots of its whole subtrees, largest first, one for each bit
/// of its size.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// One that was kept somewhere; `None` if it cannot be one of this size.
    pub fn of(size: u64, peaks: Vec<Hash>) -> Option<Frontier> {
        (peaks.len() == size.count_ones() as usize).then_some(Frontier { size, peaks })
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        // Each whole subtree that the new leaf completes takes its left neighbour in.
        for _ in 0..self.size.trailing_ones() {
            let Some(left) = self.peaks.pop() else { break };
            hash = node(&left, &hash);
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(smallest) = peaks.next() else { return empty_root() };
        peaks.fold(*smallest, |right, left| node(left, &right))
    }
}

impl Extend<Hash> for Frontier {
    fn extend<T: IntoIterator<Item = Hash>>(&mut self, leaves: T) {
        leaves.into_iter().for_each(|leaf| self.push(leaf));
    }
}

/// The root of these leaves.
pub fn root(leaves: &[Hash]) -> Hash {
    let mut frontier = Frontier::default();
    frontier.extend(leaves.iter().copied());
    frontier.root()
}

/// The largest power of two below `size`, where a tree of more than one leaf divides.
fn split(size: usize) -> usize {
    size.next_power_of_two() / 2
}

/// That the leaf at `index`, counted from 0, is in the tree of `leaves`: the siblings on its way up, lowest first.
/// `None` if there is no such leaf.
pub fn inclusion_proof(leaves: &[Hash], index: usize) -> Option<Vec<Hash>> {
    if index >= leaves.len() {
        return None;
    }
    let (mut leaves, mut index, mut proof) = (leaves, index, Vec::new());
    while leaves.len() > 1 {
        let (left, right) = leaves.split_at(split(leaves.len()));
        if index < left.len() {
            proof.push(root(right));
            leaves = left;
        } else {
            proof.push(root(left));
            index -= left.len();
            leaves = right;
        }
    }
    proof.reverse();
    Some(proof)
}

/// A whole tree in memory, for whoever proves many leaves of it at once.
pub struct Tree(Vec<Vec<Hash>>);

impl Tree {
    pub fn of(leaves: Vec<Hash>) -> Tree {
        let mut levels = vec![leaves];
        while let Some(below) = levels.last().filter(|below| below.len() > 1) {
            // One without a neighbour goes up as it is.
            let pair = |pair: &[Hash]| match pair {
                [left, right] => node(left, right),
                _ => pair[0],
            };
            levels.push(below.chunks(2).map(pair).collect());
        }
        Tree(levels)
    }

    pub fn root(&self) -> Hash {
        self.0.last().and_then(|top| top.first()).copied().unwrap_or_else(empty_root)
    }

    /// As [`inclusion_proof`] has it.
    pub fn inclusion_proof(&self, index: usize) -> Option<Vec<Hash>> {
        if index >= self.0[0].len() {
            return None;
        }
        let levels = self.0.iter().enumerate();
        Some(levels.filter_map(|(height, level)| level.get((index >> height) ^ 1).copied()).collect())
    }
}

/// That the tree of `leaves` continues the tree of the first `first` of them. `None` if it has fewer.
pub fn consistency_proof(leaves: &[Hash], first: usize) -> Option<Vec<Hash>> {
    if first > leaves.len() {
        return None;
    }
    let (mut leaves, mut first, mut proof, mut known) = (leaves, first, Vec::new(), true);
    if first == 0 {
        return Some(proof);
    }
    while first < leaves.len() {
        let (left, right) = leaves.split_at(split(leaves.len()));
        if first <= left.len() {
            proof.push(root(right));
            leaves = left;
        } else {
            proof.push(root(left));
            first -= left.len();
            leaves = right;
            known = false;
        }
    }
    if !known {
        proof.push(root(leaves));
    }
    proof.reverse();
    Some(proof)
}

/// The root that a tree of `size` leaves must have if `leaf` is at `index`, as RFC 9162, 2.1.3.2 says. `None` if the
/// proof cannot be one for this place in a tree of this size.
pub fn inclusion_root(leaf: Hash, index: u64, size: u64, proof: &[Hash]) -> Option<Hash> {
    if index >= size || proof.len() > LONGEST_PROOF {
        return None;
    }
    let (mut place, mut last, mut hash) = (index, size - 1, leaf);
    for sibling in proof {
        if last == 0 {
            return None;
        }
        if place & 1 == 1 || place == last {
            hash = node(sibling, &hash);
            while place & 1 == 0 && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            hash = node(&hash, sibling);
        }
        place >>= 1;
        last >>= 1;
    }
    (last == 0).then_some(hash)
}

/// Whether a tree with `second_root` continues one with `first_root`, as RFC 9162, 2.1.4.2 says.
pub fn is_consistent(
    (first, first_root): (u64, Hash),
    (second, second_root): (u64, Hash),
    proof: &[Hash],
) -> bool {
    if first > second || proof.len() > LONGEST_PROOF {
        return false;
    }
    if first == second {
        return proof.is_empty() && first_root == second_root;
    }
    if first == 0 {
        return proof.is_empty() && first_root == empty_root();
    }
    // A first tree that is whole is itself the lowest node of the path.
    let whole = first.is_power_of_two().then_some(first_root);
    let mut path = whole.iter().chain(proof);
    let Some(lowest) = path.next() else { return false };
    let (mut place, mut last) = (first - 1, second - 1);
    while place & 1 == 1 {
        place >>= 1;
        last >>= 1;
    }
    let (mut of_first, mut of_second) = (*lowest, *lowest);
    for sibling in path {
        if last == 0 {
            return false;
        }
        if place & 1 == 1 || place == last {
            of_first = node(sibling, &of_first);
            of_second = node(sibling, &of_second);
            while place & 1 == 0 && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            of_second = node(&of_second, sibling);
        }
        place >>= 1;
        last >>= 1;
    }
    last == 0 && of_first == first_root && of_second == second_root
}

#[cfg(test)]
mod tests;
