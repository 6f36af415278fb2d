//! Against the definition of the RFC, written down as it stands there, and against the vectors that its
//! implementations share.

use proptest::prelude::*;

use super::*;
use crate::ledger::leaf;

/// MTH of RFC 9162, 2.1.1.
fn naive(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [one] => *one,
        _ => {
            let (left, right) = leaves.split_at(largest_power_below(leaves.len()));
            node(&naive(left), &naive(right))
        }
    }
}

fn largest_power_below(size: usize) -> usize {
    (0..).map(|bit| 1_usize << bit).take_while(|power| *power < size).last().expect("of two and more")
}

/// PATH of RFC 9162, 2.1.3.1.
fn naive_path(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(largest_power_below(leaves.len()));
    let (mut path, other) = match index < left.len() {
        true => (naive_path(index, left), right),
        false => (naive_path(index - left.len(), right), left),
    };
    path.push(naive(other));
    path
}

/// SUBPROOF of RFC 9162, 2.1.4.1.
fn naive_subproof(first: usize, leaves: &[Hash], known: bool) -> Vec<Hash> {
    if first == leaves.len() {
        return if known { Vec::new() } else { vec![naive(leaves)] };
    }
    let (left, right) = leaves.split_at(largest_power_below(leaves.len()));
    let (mut proof, other) = match first <= left.len() {
        true => (naive_subproof(first, left, known), right),
        false => (naive_subproof(first - left.len(), right, false), left),
    };
    proof.push(naive(other));
    proof
}

fn leaves(count: usize) -> Vec<Hash> {
    (0..count).map(|index| leaf(format!("entry {index}").as_bytes())).collect()
}

/// The inputs and roots that Certificate Transparency's implementations are tested with.
#[test]
fn the_shared_vectors_come_out() {
    let inputs =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    let leaves: Vec<Hash> = inputs.iter().map(|input| leaf(&hex::decode(input).expect("hex"))).collect();
    let roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    for (size, wanted) in roots.iter().enumerate() {
        assert_eq!(root(&leaves[..size]).to_string(), *wanted, "of {size} leaves");
    }
    let path: Vec<String> =
        inclusion_proof(&leaves, 5).expect("it is there").iter().map(ToString::to_string).collect();
    let wanted = [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ];
    assert_eq!(path, wanted, "of the sixth of eight");
}

#[test]
fn every_place_in_every_small_tree_is_proved_and_no_other() {
    for size in 1..=33_usize {
        let leaves = leaves(size);
        let head = naive(&leaves);
        for index in 0..size {
            let proof = inclusion_proof(&leaves, index).expect("it is there");
            assert_eq!(proof, naive_path(index, &leaves), "the path of {index} in {size}");
            assert_eq!(Tree::of(leaves.clone()).inclusion_proof(index), Some(proof.clone()));
            for claimed in 0..=size {
                let root = inclusion_root(leaves[index], claimed as u64, size as u64, &proof);
                assert_eq!(root == Some(head), claimed == index, "{index} as {claimed} of {size}");
            }
        }
        assert_eq!(inclusion_proof(&leaves, size), None, "there is no leaf {size}");
    }
}

#[test]
fn every_pair_of_small_trees_is_consistent_and_no_changed_one() {
    for size in 0..=33_usize {
        let leaves = leaves(size);
        for first in 0..=size {
            let proof = consistency_proof(&leaves, first).expect("it is shorter");
            if first > 0 {
                assert_eq!(proof, naive_subproof(first, &leaves, true), "of {first} in {size}");
            }
            let (before, after) = ((first as u64, naive(&leaves[..first])), (size as u64, naive(&leaves)));
            assert!(is_consistent(before, after, &proof), "{first} to {size}");
            let other = leaf(b"another");
            if first > 0 && first < size {
                assert!(
                    !is_consistent((before.0, other), after, &proof),
                    "another past of {first} in {size}"
                );
                assert!(
                    !is_consistent(before, (after.0, other), &proof),
                    "another future of {first} in {size}"
                );
                assert!(!is_consistent((before.0 - 1, before.1), after, &proof), "a shorter past");
            }
        }
        assert_eq!(consistency_proof(&leaves, size + 1), None, "a tree does not continue a longer one");
    }
}

proptest! {
    #[test]
    fn the_frontier_has_the_root_of_the_definition(size in 0..600_usize) {
        let leaves = leaves(size);
        let mut frontier = Frontier::default();
        frontier.extend(leaves.iter().copied());
        prop_assert_eq!(frontier.root(), naive(&leaves));
        prop_assert_eq!(Tree::of(leaves.clone()).root(), naive(&leaves));
        prop_assert_eq!(frontier.size(), size as u64);
        let again = Frontier::of(frontier.size(), frontier.peaks().to_vec());
        prop_assert_eq!(again, Some(frontier));
    }

    #[test]
    fn a_kept_frontier_goes_on_as_if_it_had_never_been_put_down(first in 0..300_usize, more in 0..300_usize) {
        let leaves = leaves(first + more);
        let mut kept = Frontier::default();
        kept.extend(leaves[..first].iter().copied());
        let mut taken_up = Frontier::of(kept.size(), kept.peaks().to_vec()).expect("it was kept");
        taken_up.extend(leaves[first..].iter().copied());
        prop_assert_eq!(taken_up.root(), root(&leaves));
    }

    #[test]
    fn no_changed_proof_leads_to_the_root(
        size in 2..200_usize, index in any::<prop::sample::Index>(), step in any::<prop::sample::Index>(), bit in 0..256_usize,
    ) {
        let leaves = leaves(size);
        let index = index.index(size);
        let mut proof = inclusion_proof(&leaves, index).expect("it is there");
        let at = step.index(proof.len());
        let mut bytes = *proof[at].as_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        proof[at] = Hash::from_bytes(bytes);
        let head = Some(root(&leaves));
        prop_assert_ne!(inclusion_root(leaves[index], index as u64, size as u64, &proof), head);
        proof.pop();
        prop_assert_ne!(inclusion_root(leaves[index], index as u64, size as u64, &proof), head);
    }

    /// Whatever somebody sends: an answer, at once.
    #[test]
    fn numbers_and_proofs_of_a_stranger_are_answered(
        index: u64, size: u64, second: u64, proof in prop::collection::vec(any::<[u8; 32]>(), 0..200),
    ) {
        let proof: Vec<Hash> = proof.into_iter().map(Hash::from_bytes).collect();
        let (one, other) = (leaf(b"one"), leaf(b"other"));
        prop_assert_ne!(inclusion_root(one, index, size, &proof), Some(other));
        prop_assert!(!is_consistent((size, one), (second, other), &proof));
    }

    #[test]
    fn peaks_that_do_not_fit_the_size_are_no_frontier(size: u64, count in 0..80_usize) {
        let fits = count == size.count_ones() as usize;
        prop_assert_eq!(Frontier::of(size, leaves(count)).is_some(), fits);
    }
}
