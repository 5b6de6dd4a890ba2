//! Programs that use one algorithm crate and depend on no other crate: each module names only its own crate.

mod factors {
    use recsys_mf::recsys_core::{Duplicates, Records};
    use recsys_mf::{Baseline, Cancel, Error, Fit, Interactions, Persist, RatingPredictor, Result};

    #[test]
    fn a_model_is_trained_saved_and_asked() -> Result<()> {
        let mut records = Records::builder();
        for (user, item, rating) in [
            ("ann", "mug", 5.0),
            ("ann", "bowl", 3.0),
            ("bob", "mug", 4.0),
        ] {
            let mut values = recsys_mf::recsys_core::Values::default();
            values.rating = Some(rating);
            records.push(user, item, values)?;
        }
        let data = Interactions::new(&records.finish(), Duplicates::Refuse)?;
        let model: Baseline = Baseline::params().fit_with(&data, &Cancel::default())?;
        let _ = model.predict(None, None);
        let nowhere = model.save("no/such/folder/baseline.model");
        assert!(matches!(nowhere, Err(Error::Io { .. })));
        Ok(())
    }
}

mod networks {
    use nn_core::ndarray::array;
    use nn_core::{Activation, ErrorKind, Result};

    #[test]
    fn arrays_and_errors_have_names() -> Result<()> {
        let _ = (array![[1.0_f32]], Activation::Relu);
        assert_eq!(nn_core::Error::empty("rows").kind(), ErrorKind::BadRequest);
        Ok(())
    }
}
