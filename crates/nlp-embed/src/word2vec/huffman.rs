//! The binary tree of hierarchical softmax (Huffman, 1952; Morin, Bengio, 2005): frequent words have short paths.

use std::collections::VecDeque;

/// The path of each word from the root, as the inner nodes met and the way taken at each.
///
/// Inner nodes are numbered as they are made, the root last. Of two parts with the same count an inner node is joined before a
/// word, the older node before the younger, the word with the higher number before the other; the first of a pair gets way 0.
#[derive(Debug)]
pub(super) struct Huffman {
    /// Start of each word's path, and the end of the last.
    starts: Vec<usize>,
    nodes: Vec<u32>,
    ways: Vec<bool>,
}

impl Huffman {
    pub(super) fn new(counts: &[u64]) -> Self {
        let n = counts.len();
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by_key(|&word| std::cmp::Reverse(counts[word]));
        let mut words: VecDeque<(u128, usize)> = (order.iter().rev())
            .map(|&word| (u128::from(counts[word]), word))
            .collect();
        // Nodes come to be in rising order of their counts, so that the least part is at one of two fronts.
        let mut inner: VecDeque<(u128, usize)> = VecDeque::new();
        let mut above = vec![(0, false); (2 * n).saturating_sub(1)];
        let mut take = |inner: &mut VecDeque<(u128, usize)>| {
            let node_first = match (words.front(), inner.front()) {
                (Some(word), Some(node)) => node.0 <= word.0,
                (word, _) => word.is_none(),
            };
            let least = if node_first {
                inner.pop_front()
            } else {
                words.pop_front()
            };
            least.unwrap_or_default()
        };
        for node in 0..n.saturating_sub(1) {
            let (first, second) = (take(&mut inner), take(&mut inner));
            above[first.1] = (node, false);
            above[second.1] = (node, true);
            inner.push_back((first.0 + second.0, n + node));
        }
        let mut tree = Self {
            starts: vec![0],
            nodes: Vec::new(),
            ways: Vec::new(),
        };
        let root = (2 * n).saturating_sub(2);
        let mut path = Vec::new();
        for word in 0..n {
            let mut part = word;
            path.clear();
            while part != root {
                path.push(above[part]);
                part = n + above[part].0;
            }
            tree.nodes
                .extend(path.iter().rev().map(|&(node, _)| node as u32));
            tree.ways.extend(path.iter().rev().map(|&(_, way)| way));
            tree.starts.push(tree.nodes.len());
        }
        tree
    }

    /// The inner nodes on the way to `word`, root first, and the way taken at each.
    pub(super) fn path(&self, word: u32) -> (&[u32], &[bool]) {
        let range = self.starts[word as usize]..self.starts[word as usize + 1];
        (&self.nodes[range.clone()], &self.ways[range])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(counts: &[u64]) -> Vec<(Vec<u32>, String)> {
        let tree = Huffman::new(counts);
        (0..counts.len() as u32)
            .map(|word| {
                let (nodes, ways) = tree.path(word);
                let code = ways.iter().map(|&way| if way { '1' } else { '0' });
                (nodes.to_vec(), code.collect())
            })
            .collect()
    }

    #[test]
    fn codes_by_hand() {
        // d + c = node 0 of 3; node 0 + b = node 1 of 6; node 1 + a = node 2 of 12.
        let expected = [
            (vec![2], "1"),
            (vec![2, 1], "01"),
            (vec![2, 1, 0], "001"),
            (vec![2, 1, 0], "000"),
        ];
        let got = codes(&[6, 3, 2, 1]);
        for (got, expected) in got.iter().zip(&expected) {
            assert_eq!((&got.0, got.1.as_str()), (&expected.0, expected.1));
        }
        assert_eq!(got.len(), 4);
    }

    #[test]
    fn equal_counts_make_a_level_tree() {
        // d + c = node 0 of 2, b + a = node 1 of 2, node 0 + node 1 = node 2.
        let expected = [
            (vec![2, 1], "11"),
            (vec![2, 1], "10"),
            (vec![2, 0], "01"),
            (vec![2, 0], "00"),
        ];
        for (got, expected) in codes(&[1, 1, 1, 1]).iter().zip(&expected) {
            assert_eq!((&got.0, got.1.as_str()), (&expected.0, expected.1));
        }
    }

    #[test]
    fn order_of_the_counts_is_free_and_one_word_has_no_path() {
        assert_eq!(codes(&[1, 6])[0].1, "0");
        assert_eq!(codes(&[1, 6])[1].1, "1");
        assert_eq!(codes(&[9]), [(vec![], String::new())]);
        assert!(codes(&[]).is_empty());
    }

    #[test]
    fn no_other_tree_is_shorter() {
        let counts = [40, 30, 10, 9, 6, 5];
        let bits: usize = (codes(&counts).iter().zip(counts))
            .map(|((_, code), count)| code.len() * count as usize)
            .sum();
        // 11, 19, 30, 60 and 100 joined: their sum is the length of the text.
        assert_eq!(bits, 11 + 19 + 30 + 60 + 100);
    }
}
