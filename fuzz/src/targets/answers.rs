//! What must hold of the answers of a guide, whatever is asked.

use shopping_guide::{Answer, Guide, Query};

use super::finite;

/// Asks `guide` and checks its answer. Returns whether the guide took the query.
///
/// # Errors
/// If a number is not finite, or the answer is not the same after it was written as JSON.
pub fn ask(guide: &Guide, query: &Query) -> Result<bool, String> {
    let Ok(answer) = guide.recommend(query) else {
        return Ok(false);
    };
    same_as_json("a query", query)?;
    sound(&answer).map_err(|reason| format!("{reason}, asked {query:?}"))?;
    let Some(product) = guide.catalog().products().first() else {
        return Ok(true);
    };
    if let Ok(explanation) = guide.explain_for(query, &product.id) {
        finite("the score of an explanation", explanation.score)?;
        for source in &explanation.sources {
            finite("what a source adds", source.adds)?;
            source
                .score
                .map_or(Ok(()), |score| finite("the score of a source", score))?;
        }
        same_as_json("an explanation", &explanation)?;
    }
    Ok(true)
}

fn sound(answer: &Answer) -> Result<(), String> {
    for hit in &answer.hits {
        finite("the score of a hit", hit.score)?;
        if hit.reasons.is_empty() {
            return Err(format!("`{}` has no reason", hit.product));
        }
        for reason in &hit.reasons {
            let _ = reason.to_string();
        }
    }
    same_as_json("an answer", answer)
}

/// Checks that `value` is equal to what its JSON says. JSON writes a number that is not finite as `null`, which is then refused.
fn same_as_json<T>(what: &str, value: &T) -> Result<(), String>
where
    T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let text = serde_json::to_string(value)
        .map_err(|reason| format!("{what} cannot be written: {reason}"))?;
    match serde_json::from_str::<T>(&text) {
        Ok(again) if again == *value => Ok(()),
        Ok(again) => Err(format!("{what} differs after JSON: {value:?} is {again:?}")),
        Err(reason) => Err(format!("{what} cannot be read back: {reason}; {text}")),
    }
}
