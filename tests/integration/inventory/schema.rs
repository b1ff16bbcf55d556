//! docs/inventory.schema.json and the decoder accept the same documents, except for what a schema cannot say.

use super::documents::{ROWS, check};

const SCHEMA: &str = include_str!("../../../docs/inventory.schema.json");

fn validator() -> jsonschema::Validator {
    let schema = serde_json::from_str(SCHEMA).unwrap();
    jsonschema::meta::validate(&schema).unwrap();
    jsonschema::draft202012::new(&schema).unwrap()
}

#[tokio::test]
async fn schema_and_decoder_agree() {
    let validator = validator();
    for row in ROWS {
        let document = serde_json::from_str(row.document).unwrap();
        assert_eq!(validator.is_valid(&document), row.is_valid_by_schema, "{}", row.document);
        let is_read = check(row.document).await.is_ok();
        assert!(!is_read || row.is_valid_by_schema, "read, and invalid by the schema: {}", row.document);
    }
}

/// Each change of a good document by one value is judged alike by both.
#[tokio::test]
async fn schema_and_decoder_agree_on_each_value_at_each_place() {
    let values = [
        "null",
        "true",
        "0",
        "1",
        "-1",
        "1.5",
        "1.0",
        "9007199254740992",
        "9007199254740994",
        "1e300",
        "\"\"",
        "\"a\"",
        "\"recognition\"",
        "\"detection\"",
        "[]",
        "[\"a\"]",
        "[7]",
        "{}",
        "[{}]",
    ];
    let places = [
        r#"VALUE"#,
        r#"{"inventory":VALUE,"users":[],"applications":[],"services":[]}"#,
        r#"{"inventory":1,"users":VALUE,"applications":[],"services":[]}"#,
        r#"{"inventory":1,"users":["b",VALUE],"applications":[],"services":[]}"#,
        r#"{"inventory":1,"users":[],"applications":VALUE,"services":[]}"#,
        r#"{"inventory":1,"users":[],"applications":[VALUE],"services":[]}"#,
        r#"{"inventory":1,"users":[],"applications":[],"services":VALUE}"#,
        r#"{"inventory":1,"users":[],"applications":[],"services":[VALUE]}"#,
        r#"{"inventory":1,"users":[],"applications":[],"services":[{"id":VALUE,"type":"detection"}]}"#,
        r#"{"inventory":1,"users":[],"applications":[],"services":[{"id":"a","type":VALUE}]}"#,
        r#"{"inventory":1,"users":[],"applications":[],"services":[{"id":"a","type":VALUE,"faces":7}]}"#,
        r#"{"inventory":1,"users":[],"applications":[],"services":[{"id":"a","type":"recognition","faces":VALUE}]}"#,
        r#"{"inventory":1,"users":[],"applications":[],"services":[{"id":"a","type":"detection","faces":VALUE}]}"#,
        r#"{"inventory":1,"users":[],"applications":[],"services":[{"id":"a","type":"detection","more":VALUE}]}"#,
        r#"{"inventory":1,"users":[],"applications":[],"services":[],"more":VALUE}"#,
    ];
    let validator = validator();
    for place in places {
        for value in values {
            let document = place.replace("VALUE", value);
            let is_valid = validator.is_valid(&serde_json::from_str(&document).unwrap());
            assert_eq!(check(&document).await.is_ok(), is_valid, "{document}");
        }
    }
}
