//! Drives the router without a port.

use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use axum::response::Response;
use tower::ServiceExt;

use super::*;

async fn asked(router: &Router, path: &str, body: &str) -> (u16, Value) {
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_owned()))
        .unwrap();
    let response: Response = router.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap())
}

fn products(answer: &Value) -> Vec<&str> {
    let hits = answer["hits"].as_array().unwrap();
    let ids = hits.iter().map(|hit| hit["product"].as_str().unwrap());
    ids.collect()
}

#[tokio::test]
async fn what_happens_is_in_the_next_answer_and_outlives_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let live = opened(folder.path()).unwrap();
    let routes = router(live.clone());
    let question = r#"{"shopper": "ann", "session": [1], "cart": [3], "n": 30}"#;

    let (status, before) = asked(&routes, "/recommend", question).await;
    assert_eq!((status, &before["unknown_shopper"]), (200, &json!(true)));
    // What others took with 1 and 3; the cart is no hit.
    assert!(products(&before)[..3].contains(&"5"), "{before}");
    assert!(!products(&before).contains(&"3"));
    assert!(before["hits"][0]["reasons"][0]["text"].is_string());

    let event = r#"{"shopper": "ann", "product": 5, "kind": "purchase"}"#;
    let (status, observed) = asked(&routes, "/events", event).await;
    assert_eq!((status, observed), (202, json!({"sequence": 1})));
    let (_, after) = asked(&routes, "/recommend", question).await;
    assert_eq!(after["unknown_shopper"], json!(false));
    assert!(!products(&after).contains(&"5"), "ann has it: {after}");

    let (status, report) = asked(&routes, "/refit", "").await;
    assert_eq!((status, &report["events"]), (200, &json!(181)), "{report}");
    let (_, refitted) = asked(&routes, "/recommend", question).await;
    assert!(!products(&refitted).contains(&"5"));

    drop((routes, live));
    let again = router(opened(folder.path()).unwrap());
    let (_, answer) = asked(&again, "/recommend", question).await;
    assert_eq!(
        products(&answer),
        products(&after),
        "the journal has the event"
    );
}

#[tokio::test]
async fn an_error_has_the_status_of_its_kind() {
    let folder = tempfile::tempdir().unwrap();
    let routes = router(opened(folder.path()).unwrap());
    for (path, body, status, kind) in [
        ("/recommend", r#"{"shoper": "ann"}"#, 400, "bad-request"),
        ("/recommend", r#"{"n": 5"#, 400, "bad-request"),
        ("/recommend", r#"{"diversity": 2}"#, 400, "bad-request"),
        (
            "/recommend",
            r#"{"context": "no such product"}"#,
            404,
            "not-found",
        ),
        (
            "/events",
            r#"{"shopper": "ann", "product": 5}"#,
            400,
            "bad-request",
        ),
        (
            "/events",
            r#"{"shopper": "", "product": 5, "kind": "view"}"#,
            400,
            "bad-request",
        ),
    ] {
        let (got, error) = asked(&routes, path, body).await;
        assert_eq!(
            (got, &error["kind"]),
            (status, &json!(kind)),
            "{body}: {error}"
        );
        assert!(!error["error"].as_str().unwrap().is_empty());
    }
}
