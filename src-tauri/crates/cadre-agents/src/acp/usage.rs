//! What a program says at the end of a turn that it used, made the turn's own.
//!
//! The protocol has two minds about it: `usage` of a prompt's response is "for this turn", and its fields are sums
//! "across all turns". Programs do the one or the other. So it is taken for the total of the session, as the fields
//! say, until it cannot be one: a total never falls, and a turn that used something has sent all that stands in its
//! context at least once. What was left out until then is made up for.

use super::Tokens;

/// What was said of one session so far.
#[derive(Debug, Default)]
pub(super) struct Said {
    last: Option<Tokens>,
    /// It cannot be a total.
    by_turn: bool,
    /// What was not counted of earlier turns, if it is none.
    left_out: Tokens,
}

impl Said {
    /// The tokens of a turn that has ended. `context`: tokens that stand in its context now; `None` where nothing shows
    /// that the turn used any.
    pub(super) fn of_turn(&mut self, said: Tokens, context: Option<u64>) -> Tokens {
        let last = self.last.replace(said);
        let Some(last) = last.filter(|_| !self.by_turn) else { return said };
        let at_least = context.map_or(0, |context| context.max(1));
        match said.since(last).filter(|since| since.in_all() >= at_least) {
            Some(since) => {
                self.left_out = self.left_out.plus(last);
                since
            }
            None => {
                self.by_turn = true;
                said.plus(std::mem::take(&mut self.left_out))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(input: u64, output: u64, cached_read: u64) -> Tokens {
        Tokens { input, output, cached_read, ..Tokens::default() }
    }

    /// What comes of what is said, turn by turn.
    fn counted(turns: &[(Tokens, Option<u64>)]) -> Vec<Tokens> {
        let mut said = Said::default();
        turns.iter().map(|(tokens, context)| said.of_turn(*tokens, *context)).collect()
    }

    #[test]
    fn of_a_total_that_grows_by_what_stands_in_the_context_the_growth_counts() {
        let said = [
            (tokens(1000, 50, 0), Some(1050)),
            (tokens(1100, 90, 1050), Some(1190)),
            (tokens(1100, 90, 1050), None), // cancelled before it asked its model anything
            (tokens(1300, 100, 2240), Some(1400)),
        ];
        let expected = [tokens(1000, 50, 0), tokens(100, 40, 1050), tokens(0, 0, 0), tokens(200, 10, 1190)];
        assert_eq!(counted(&said), expected);
    }

    #[test]
    fn a_turn_of_its_own_counts_in_full_as_soon_as_it_shows() {
        for (why, context, second) in [
            ("one number is less than before", 0, tokens(3, 20, 42_000)),
            ("the growth is less than what was sent", 43_000, tokens(9, 60, 43_000)),
            ("a turn used something, and nothing grew", 0, tokens(3, 49, 42_000)),
        ] {
            let said =
                [(tokens(3, 49, 42_000), Some(context)), (second, Some(context)), (second, Some(context))];
            assert_eq!(counted(&said), [tokens(3, 49, 42_000), second, second], "{why}");
        }
    }

    #[test]
    fn what_was_left_out_while_it_could_be_a_total_is_made_up_for() {
        let (small, large, less) = (tokens(100, 10, 0), tokens(500, 80, 0), tokens(400, 20, 0));
        let counted = counted(&[(small, None), (large, None), (less, None), (large, None)]);
        assert_eq!(counted, [small, tokens(400, 70, 0), less.plus(small), large]);
        let in_all = counted.into_iter().fold(Tokens::default(), Tokens::plus);
        assert_eq!(in_all, [small, large, less, large].into_iter().fold(Tokens::default(), Tokens::plus));
    }
}
