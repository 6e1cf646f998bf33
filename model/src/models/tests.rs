use super::{Destinations, ModelTable, Price, ProfileTable, split_geography};

fn price(text: &str) -> Price {
    Price::parse(text).unwrap()
}

#[test]
fn the_embedded_table_gives_known_prices() {
    let table = ModelTable::embedded().unwrap();
    assert_eq!(table.rows.len(), 183);
    assert_eq!(table.date, "2026-11-12");
    assert_eq!(table.source.len(), 2);
    let opus = table.row("us.anthropic.claude-opus-5-5").unwrap();
    assert_eq!(
        (opus.input, opus.output, opus.gov_output),
        (Some(price("4.40")), Some(price("22")), Some(price("24")))
    );
    assert_eq!(table.output_price("anthropic.claude-opus-5-5"), Some(price("24")));
    assert_eq!(table.row("anthropic.claude-sonnet-4-5-20250929-v1:0").unwrap().output, Some(price("16.5")));
    assert_eq!(table.row("anthropic.claude-opus-4-1-20250805-v1:0").unwrap().output, Some(price("75")));
    assert_eq!(table.output_price("anthropic.claude-mythos-preview"), Some(price("137.50")));
    assert_eq!(table.row("anthropic.claude-haiku-5-5").unwrap().output, Some(price("0.55")));
    let embedding = table.row("amazon.titan-embed-text-v2:0").unwrap();
    assert_eq!((embedding.input, embedding.output), (Some(price("0.02")), Some(price("0"))));
}

#[test]
fn an_unknown_price_is_not_zero() {
    let table = ModelTable::embedded().unwrap();
    assert!(table.row("amazon.nova-canvas-v1:0").is_some());
    assert_eq!(table.output_price("amazon.nova-canvas-v1:0"), None);
    assert_eq!(table.output_price("amazon.no-such-model"), None);
}

#[test]
fn the_dearest_model_is_the_preview_of_mythos() {
    let table = ModelTable::embedded().unwrap();
    let dearest = table.rows.iter().max_by_key(|row| row.highest_output()).unwrap();
    assert_eq!(dearest.id, "anthropic.claude-mythos-preview");
    assert_eq!(dearest.source, "litellm:us.anthropic.claude-mythos-preview");
}

#[test]
fn a_geography_is_split_off_only_before_provider_and_model() {
    assert_eq!(split_geography("us.amazon.nova-pro-v1:0"), (Some("us"), "amazon.nova-pro-v1:0"));
    assert_eq!(split_geography("us-gov.xai.grok-4.6"), (Some("us-gov"), "xai.grok-4.6"));
    assert_eq!(split_geography("in.thing"), (None, "in.thing"));
    assert_eq!(split_geography("amazon.nova-pro-v1:0"), (None, "amazon.nova-pro-v1:0"));
}

#[test]
fn prices_are_exact_decimals() {
    assert_eq!(price("10"), price("10.000000"));
    assert!(price("9.999999") < price("10"));
    assert_eq!(price("0.035").to_string(), "0.035");
    assert_eq!(price("22").to_string(), "22.00");
    for wrong in ["", "-", "1e3", "-1", "+1", "1.", ".5", "1,5", "0.1234567", "99999999999999999999"] {
        assert!(Price::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_users_table_may_leave_out_the_government_columns() {
    let text = "# mine\nid\tprovider\tinput\toutput\tsource\tdate\nacme.big-v1:0\tacme\t-\t99.5\tinvoice\t2026-11-01\n";
    let table = ModelTable::parse(text, "prices.tsv").unwrap();
    assert_eq!(table.output_price("acme.big-v1:0"), Some(price("99.5")));
    assert_eq!((table.date.as_str(), table.source.len()), ("2026-11-01", 0));
}

#[test]
fn every_mistake_of_a_users_table_is_reported_with_its_line() {
    let text = "id\tprovider\tinput\toutput\tsource\tdate\n\
                us.acme.big\tacme\t1\t2\tx\t2026-11-01\n\
                acme.a\tacme\tone\t2\tx\t2026-11-01\n\
                acme.b\tacme\t1\t2\tx\n\
                acme.c\tacme\t1\t2\tx\tyesterday\n\
                Acme C\tacme\t1\t2\tx\t2026-11-01\n\
                acme.d\tacme\t1\t\tx\t2026-11-01\n";
    let lines: Vec<u32> =
        ModelTable::parse(text, "prices.tsv").unwrap_err().iter().map(|error| error.location.line).collect();
    let mut sorted = lines.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, [2, 3, 4, 5, 6, 7]);
}

#[test]
fn headers_and_repeated_ids_are_checked() {
    let errors = |text: &str| -> Vec<String> {
        ModelTable::parse(text, "prices.tsv").unwrap_err().into_iter().map(|error| error.message).collect()
    };
    assert_eq!(errors(""), ["the table has no lines"]);
    let header = "id\tprovider\tinput\toutput\tsource\tdate";
    assert_eq!(
        errors(&format!("{header}\tprice\nacme.a\ta\t1\t2\tx\t2026-11-01\t3\n")),
        ["unknown column `price`"]
    );
    assert!(errors("id\tprovider\n").contains(&"the header lacks the column `output`".to_owned()));
    let row = "acme.a\tacme\t1\t2\tx\t2026-11-01";
    assert_eq!(errors(&format!("{header}\n{row}\n{row}\n")), ["`acme.a` stands twice"]);
}

#[test]
fn every_profile_runs_a_model_of_the_table() {
    let (profiles, models) = (ProfileTable::embedded().unwrap(), ModelTable::embedded().unwrap());
    assert_eq!(profiles.rows.len(), 206);
    for profile in &profiles.rows {
        assert!(models.row(&profile.model).is_some(), "{}", profile.id);
    }
    let regions = Destinations::Regions(["us-east-1", "us-east-2", "us-west-2"].map(str::to_owned).to_vec());
    assert_eq!(profiles.row("us.anthropic.claude-opus-5-5").unwrap().destinations, regions);
    assert_eq!(
        profiles.row("global.anthropic.claude-opus-5-5").unwrap().destinations,
        Destinations::AnyRegion
    );
    assert!(profiles.of_model("anthropic.claude-opus-5-5").count() >= 4);
    let wrong = "profile\tmodel\tgeography\tregions\nus.acme.a\tacme.b\tus\tus-east-1\neu.acme.a\tacme.a\teu\teu-west-1,\n";
    assert_eq!(ProfileTable::parse(wrong, "profiles.tsv").unwrap_err().len(), 2);
}
