use axum::extract::rejection::JsonRejection;
use axum::extract::{Json, State};
use axum::response::{IntoResponse, Response};
use axum::{Router, http::StatusCode, routing::post};
use serde_json::{Value, json};
use shopping_guide::{
    Answer, BuildReport, Catalog, ErrorKind, Event, Events, Guide, LiveGuide, LiveParams, Product,
    Query, Silent, SyncMode,
};
use std::{path::Path, time::Duration};
use tokio::task::{JoinError, spawn_blocking};

struct Failure(ErrorKind, String);
type Reply<T> = Result<T, Failure>;
type Body<T> = Result<Json<T>, JsonRejection>;

async fn recommend(State(live): State<LiveGuide>, query: Body<Query>) -> Reply<Json<Answer>> {
    Ok(Json(live.recommend(&query?.0)?)) // a snapshot: nobody waits
}

async fn observe(
    State(live): State<LiveGuide>,
    event: Body<Event<'static>>,
) -> Reply<(StatusCode, Json<Value>)> {
    let observed = live.observe(&event?.0)?; // in the journal, and in the next answer
    let number = json!({ "sequence": observed.sequence });
    Ok((StatusCode::ACCEPTED, Json(number)))
}

async fn refit(State(live): State<LiveGuide>) -> Reply<Json<BuildReport>> {
    let work = spawn_blocking(move || live.refit(&Silent)); // answers and events go on
    let ended = |reason: JoinError| Failure(ErrorKind::Cancelled, reason.to_string());
    Ok(Json(work.await.map_err(ended)??))
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = match self.0 {
            ErrorKind::NotFound => StatusCode::NOT_FOUND,
            ErrorKind::BadRequest => StatusCode::BAD_REQUEST,
            ErrorKind::Conflict => StatusCode::CONFLICT,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        (status, Json(json!({ "kind": self.0, "error": self.1 }))).into_response()
    }
}

impl From<shopping_guide::Error> for Failure {
    fn from(error: shopping_guide::Error) -> Self {
        Self(error.kind(), error.to_string())
    }
}

impl From<JsonRejection> for Failure {
    fn from(reason: JsonRejection) -> Self {
        Self(ErrorKind::BadRequest, reason.body_text())
    }
}

/// The live guide of a folder, which is built when there is none yet.
fn opened(folder: &Path) -> shopping_guide::Result<LiveGuide> {
    let sync = SyncMode::Every(Duration::from_millis(10));
    if folder.join("guide.shop").exists() {
        return Ok(LiveGuide::open(folder, sync, LiveParams::default())?.live);
    }
    let product = |n| Product::new(n, format!("Product {n}"));
    let products = (0..30).map(|n| product(n).attribute("brand", ["Acme", "Bolt"][n % 2]));
    let orders = (0..60).flat_map(|who| [0, 2, 4].map(|k| Event::purchase(who, (who + k) % 30)));
    let (catalog, events) = (Catalog::new(products)?, Events::new(orders)?);
    let guide = Guide::builder().catalog(catalog).events(events).build()?;
    LiveGuide::create(folder, guide, sync, LiveParams::default())
}

fn router(live: LiveGuide) -> Router {
    let router = Router::new().route("/recommend", post(recommend));
    let router = router.route("/events", post(observe));
    router.route("/refit", post(refit)).with_state(live)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let router = router(opened(Path::new("shop"))?);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    Ok(axum::serve(listener, router).await?)
}

#[cfg(test)]
mod tests;
