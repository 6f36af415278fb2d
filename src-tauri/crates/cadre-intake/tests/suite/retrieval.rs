use cadre_intake::retrieval::{Document, FIT_THRESHOLD, Retriever};

fn document(id: &str, title: &str, text: &str, examples: &[&str]) -> Document {
    Document {
        id: id.to_owned(),
        title: title.to_owned(),
        text: text.to_owned(),
        examples: examples.iter().map(|&example| example.to_owned()).collect(),
    }
}

fn templates() -> Retriever {
    Retriever::new(&[
        document(
            "product-launch",
            "Product launch",
            "Bring a product to market: positioning, landing page, press, campaign, sales training.",
            &["launch our new app in spring", "Produkteinführung planen", "lancement d'un produit"],
        ),
        document(
            "migration",
            "System migration",
            "Move data and users from one system to another: inventory, pilot, cutover, rollback.",
            &["migrate from jira to linear", "Umzug der Datenbank", "migrar los servidores"],
        ),
        document(
            "hiring",
            "Hiring round",
            "Fill several positions: job ads, sourcing, interviews, offers, onboarding.",
            &["hire five engineers", "Einstellungen im Sommer", "recruter deux vendeurs"],
        ),
    ])
}

#[test]
fn the_fitting_document_comes_first() {
    let retriever = templates();
    for (query, id) in [
        ("launching a product", "product-launch"),
        ("we are migrating the database to a new system", "migration"),
        ("interviews and job ads for engineers", "hiring"),
        ("Produkteinführungen", "product-launch"),
        ("recruter des vendeurs", "hiring"),
        ("migrar servidores", "migration"),
    ] {
        let best = retriever.best(query, 1);
        assert_eq!(best.first().map(|(id, _)| *id), Some(id), "query {query}");
        assert!(best[0].1 >= FIT_THRESHOLD, "{query} fits with {:.2}", best[0].1);
    }
}

#[test]
fn a_caller_can_tell_that_nothing_fits() {
    let retriever = templates();
    for query in
        ["", "the of and", "paint the fence green", "xyzzy", "a new kind of cheese for the market square"]
    {
        let fits = retriever.best(query, 3).into_iter().filter(|(_, score)| *score >= FIT_THRESHOLD).count();
        assert_eq!(fits, 0, "no template is about this: {query}");
    }
}

#[test]
fn scores_are_bounded_and_ties_go_by_id() {
    let same = ["b", "a", "c"].map(|id| document(id, "Move office", "", &[]));
    let retriever = Retriever::new(&same);
    let ids: Vec<&str> = retriever.best("move office", 2).into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, ["a", "b"], "equal documents have a fixed order, and no more than asked for come back");
    for (id, score) in templates().best("product launch hiring migration", 3) {
        assert!((0.0..=1.0).contains(&score), "{id} has {score}");
    }
}

#[test]
fn an_empty_index_finds_nothing() {
    assert!(Retriever::new(&[]).best("anything", 5).is_empty(), "there is nothing to find");
}
