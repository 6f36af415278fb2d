use super::*;

fn usage(input: u64, cached_input: u64, cache_write: u64, output: u64) -> Usage {
    Usage { input, cached_input, cache_write, output, reasoning: output }
}

#[test]
fn the_shipped_table_can_be_read() {
    let catalogue = Catalogue::embedded();
    assert!(catalogue.entries().len() > 10, "a table without rows prices nothing");
    for tier in [Tier::Weak, Tier::Base, Tier::Strong] {
        assert!(
            catalogue.entries().iter().any(|entry| entry.tier == Some(tier)),
            "routing needs a model of each tier: {tier:?}"
        );
    }
}

#[test]
fn costs_are_exact_and_rounded_once() {
    let catalogue = Catalogue::embedded();
    let cases = [
        (
            ProviderKind::Anthropic,
            "claude-sonnet-4-5",
            usage(1_000_000, 0, 0, 0),
            Some(3_000_000_000),
            "a million",
        ),
        (ProviderKind::Anthropic, "claude-sonnet-4-5", usage(1, 0, 0, 1), Some(18_000), "one of each"),
        (
            ProviderKind::Anthropic,
            "claude-sonnet-4-5",
            usage(10, 1000, 100, 7),
            Some(810_000),
            "all four kinds",
        ),
        (
            ProviderKind::Anthropic,
            "claude-sonnet-4-5-20250929",
            usage(1, 0, 0, 0),
            Some(3000),
            "a dated version",
        ),
        (ProviderKind::OpenAi, "gpt-4o-2024-08-06", usage(2, 0, 0, 0), Some(5000), "a dashed date"),
        (ProviderKind::OpenAi, "gpt-4o-mini", usage(0, 1, 0, 0), Some(75), "a fraction of a micro-dollar"),
        (ProviderKind::OpenAi, "gpt-nonesuch", usage(1, 0, 0, 1), None, "unknown is not free"),
        (ProviderKind::OpenAiCompatible, "gpt-4o", usage(1, 0, 0, 1), None, "nobody knows who bills here"),
        (ProviderKind::Ollama, "qwen3:8b", usage(9, 0, 0, 9), Some(0), "this machine"),
        (ProviderKind::Ollama, "qwen3-coder:480b-cloud", usage(9, 0, 0, 9), None, "somebody else's machine"),
        (ProviderKind::Ollama, "gpt-oss:120b-cloud", usage(9, 0, 0, 9), None, "a row without a price"),
        (
            ProviderKind::Anthropic,
            "claude-opus-4",
            usage(u64::MAX, 0, 0, u64::MAX),
            Some(i64::MAX),
            "a provider's nonsense does not overflow",
        ),
    ];
    for (provider, model, usage, expected, reason) in cases {
        let found = catalogue.cost(provider, model, &usage).map(|cost| cost.0);
        assert_eq!(found, expected, "{reason}: {model}");
    }
}

#[test]
fn half_a_nano_dollar_goes_up_and_parts_are_summed_first() {
    let half = Price {
        input: NanoUsd(250_000),
        cached_input: NanoUsd(250_000),
        cache_write: NanoUsd(0),
        output: NanoUsd(249_999),
    };
    assert_eq!(cost(&usage(1, 1, 0, 0), &half), NanoUsd(1), "two quarters are a half, which goes up");
    assert_eq!(cost(&usage(1, 0, 0, 1), &half), NanoUsd(0), "just below a half goes down");
}

#[test]
fn a_price_is_exact_or_refused() {
    for (text, expected, reason) in [
        ("0.075", Some(75_000_000), "a usual price"),
        ("15", Some(15_000_000_000), "without a fraction"),
        ("0.000000001", Some(1), "the smallest"),
        ("0", Some(0), "free"),
        ("0.0000000001", None, "less than a nano-dollar"),
        ("-1", None, "nobody pays us"),
        ("1e3", None, "no number of a price list"),
        ("9999999999999", None, "more than the type holds"),
        ("", None, "nothing"),
    ] {
        assert_eq!(price("m", text).ok().map(|price| price.0), expected, "{reason}: {text}");
    }
}

#[test]
fn a_users_row_replaces_ours() {
    let own =
        "[[model]]\nprovider = \"anthropic\"\nid = \"claude-sonnet-4-5\"\ninput = \"1\"\noutput = \"2\"\n";
    let own: Catalogue = own.parse().expect("it is well formed");
    let catalogue = Catalogue::embedded().with(own);
    let found = catalogue.cost(ProviderKind::Anthropic, "claude-sonnet-4-5", &usage(1, 0, 0, 1));
    assert_eq!(found, Some(NanoUsd(3000)), "a negotiated price counts, not the list's");
}

#[test]
fn a_wrong_table_says_what_is_wrong() {
    let mut said = String::new();
    for text in [
        "[[model]]\nprovider = \"nobody\"\nid = \"m\"\n",
        "[[model]]\nprovider = \"openai\"\nid = \"m\"\ninput = \"1\"\n",
        "[[model]]\nprovider = \"openai\"\nid = \"m\"\ninput = \"cheap\"\noutput = \"1\"\n",
    ] {
        let error = text.parse::<Catalogue>().expect_err("each is wrong");
        said += &format!("{error}\n");
    }
    insta::assert_snapshot!(said, @r#"
    the catalogue names the provider `nobody`, which does not exist
    m: a price needs both `input` and `output`
    m: `cheap` is no price; write dollars for a million tokens, such as "0.25"
    "#);
}

#[test]
fn money_is_shown_without_needless_digits() {
    for (nano, expected) in
        [(0, "$0.00"), (1_500_000_000, "$1.50"), (18_000, "$0.000018"), (-75, "$-0.000000075")]
    {
        assert_eq!(NanoUsd(nano).to_string(), expected, "{nano}");
    }
}
