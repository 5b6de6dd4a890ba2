//! What a program says that was built without the feature `neural`, where the source of that name is asked for.

use guide_core::model_file::SectionReader;
use guide_core::{Error, Result};

use super::GuideParams;

/// The weights of the source that are not 0.
fn weights(params: &GuideParams) -> impl Iterator<Item = (&'static str, f32)> {
    let weights = [
        ("fusion.neural", params.fusion.neural),
        ("context.neural", params.context.neural),
    ];
    weights.into_iter().filter(|(_, weight)| *weight != 0.0)
}

/// Refuses a weight of a source that cannot be fitted.
pub(super) fn ensure_no_weight(params: &GuideParams) -> Result<()> {
    match weights(params).next() {
        None => Ok(()),
        Some((name, weight)) => {
            let expected =
                "0 in a program without the feature `neural` of the crate shopping-guide";
            Err(Error::param(name, weight, expected))
        }
    }
}

/// Refuses a file that has the source, or parameters that ask for it.
pub(super) fn ensure_readable(sections: &SectionReader<'_>, params: &GuideParams) -> Result<()> {
    if !sections.has("source.neural") && weights(params).next().is_none() {
        return Ok(());
    }
    Err(Error::Unsuitable {
        algorithm: "guide",
        needed: "the feature `neural` of the crate shopping-guide, which this program was built without: the guide of this file uses the \
                 source `neural`"
            .to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use guide_core::model_file::SectionWriter;
    use guide_core::{Params, Persist};

    use super::*;
    use crate::{ErrorKind, FusionParams, Guide, Product};

    fn guide() -> Guide {
        let catalog = crate::Catalog::new([Product::new("mug", "Mug")]).unwrap();
        Guide::builder().catalog(catalog).build().unwrap()
    }

    /// The guide's payload with a section more, or with other parameters.
    fn forged(added: Option<&str>, params: &GuideParams) -> Vec<u8> {
        let payload = guide().encode().unwrap();
        let sections = SectionReader::new("guide", &payload).unwrap();
        let mut forged = SectionWriter::new("guide");
        for (name, _) in sections.names() {
            let bytes = match name {
                "params" => serde_json::to_vec(params).unwrap(),
                _ => sections.bytes(name).unwrap().to_vec(),
            };
            forged.bytes(name, bytes);
        }
        added
            .into_iter()
            .for_each(|name| forged.bytes(name, vec![1]));
        forged.finish()
    }

    #[test]
    fn what_needs_the_feature_is_an_error_that_names_it() {
        let params = GuideParams::default();
        assert!(Guide::decode(5, &forged(None, &params)).is_ok());
        let weighty = params.clone().fusion(FusionParams::default().neural(1.0));
        for payload in [
            forged(Some("source.neural"), &params),
            forged(None, &weighty),
        ] {
            let error = Guide::decode(5, &payload).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unsuitable);
            assert!(
                error.to_string().contains("the feature `neural`"),
                "{error}"
            );
        }
        let error = weighty.validate().unwrap_err().to_string();
        assert!(
            error.starts_with(
                "parameter `fusion.neural` must be 0 in a program without the feature `neural`"
            ),
            "{error}"
        );
    }

    /// A program with the feature finds the settings that it wrote.
    #[test]
    fn settings_of_the_network_stay_in_the_file() {
        let text = r#"{"neural": {"n_epochs": 3}}"#;
        let params: GuideParams = serde_json::from_str(text).unwrap();
        let guide = Guide::decode(5, &forged(None, &params)).unwrap();
        let again = Guide::decode(5, &guide.encode().unwrap()).unwrap();
        assert_eq!(*again.params(), params);
        assert!(
            serde_json::to_string(&params)
                .unwrap()
                .contains(r#""neural":{"n_epochs":3}"#)
        );
        assert!(
            !serde_json::to_string(&GuideParams::default())
                .unwrap()
                .contains(r#""neural":{"#)
        );
    }
}
