//! word2vec: words that stand beside the same words get vectors near each other; written to a file and read again.
//!
//!     cargo run --release -p examples --example word2vec [text.txt [word..]]

use examples::{CLOTHES, FURNITURE, expect, path, reviews};
use guide_core::Fit;
use nlp_embed::{
    Architecture, Sentences, TextFile, TrainingText, VectorFormat, Vocabulary, Word2Vec,
    WordVectors, Words,
};

fn train(architecture: Architecture, sentences: &dyn Sentences) -> anyhow::Result<WordVectors> {
    let vocabulary = Vocabulary::params().build(sentences)?;
    let text = TrainingText {
        vocabulary: &vocabulary,
        sentences,
    };
    // Little text: no word is so frequent that it should be thinned out, and many passes are needed.
    let params = match path() {
        Some(_) => Word2Vec::params(),
        None => Word2Vec::params()
            .dim(24)
            .sample(0.0)
            .alpha(0.05)
            .epochs(12),
    };
    let model = params.architecture(architecture).fit(&text)?;
    let report = model.report();
    println!(
        "{architecture:?}: {} words, {} met, loss {:.3}",
        vocabulary.len(),
        report.words,
        report.loss
    );
    let (words, rows) = model.into_parts();
    Ok(WordVectors::new(words, rows)?)
}

fn main() -> anyhow::Result<()> {
    let sentences: Box<dyn Sentences> = match path() {
        Some(path) => Box::new(TextFile::new(path, Words::default())),
        None => Box::new(reviews()),
    };
    let mut asked: Vec<String> = std::env::args().skip(2).collect();
    if path().is_none() {
        asked = ["coat", "sofa", "silk"].map(str::to_owned).to_vec();
    }
    for architecture in [Architecture::SkipGram, Architecture::Cbow] {
        let vectors = train(architecture, sentences.as_ref())?;
        for word in &asked {
            let nearest = vectors.nearest(word, 4)?;
            let nearest: Vec<String> = nearest
                .iter()
                .map(|hit| format!("{} {:.2}", hit.id, hit.score))
                .collect();
            println!("  {word:<8} {}", nearest.join(", "));
        }
        if path().is_none() {
            for group in [CLOTHES, FURNITURE] {
                for word in group {
                    let first = vectors.nearest(word, 1)?[0].id;
                    expect(
                        group.contains(&first),
                        "what is nearest to a thing is of its kind",
                    )?;
                }
            }
            let odd = vectors.doesnt_match(&["coat", "scarf", "lamp", "jacket"])?;
            println!("  among coat, scarf, lamp and jacket the odd one is {odd}");
            expect(odd == "lamp", "the lamp is no piece of clothing")?;
        }
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("example.vec");
        vectors.write(&file, VectorFormat::Word2VecText)?;
        let read = WordVectors::read(&file)?;
        anyhow::ensure!(
            read.vectors() == vectors.vectors(),
            "the file changed the vectors"
        );
    }
    Ok(())
}
