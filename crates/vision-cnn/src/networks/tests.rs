//! Networks against PyTorch 2.15.0 (`scripts/golden/cnn_networks.py`), with weights and picture set by a formula.

use nn_core::{Pass, Role, Weights, Workspace, from_safetensors, to_safetensors};

use super::Architecture;

/// Numbers between -1 and 1 by a hash of `first`, `first + 1`, .., as in the script.
fn noise(number: usize) -> f64 {
    let mut hash = (number as u64).wrapping_mul(2_654_435_761) & 0xFFFF_FFFF;
    hash ^= hash >> 16;
    hash = hash.wrapping_mul(0x045D_9F3B) & 0xFFFF_FFFF;
    hash ^= hash >> 16;
    hash as f64 / f64::from(1_u32 << 31) - 1.0
}

/// The place that PyTorch gives the number at `index` of a tensor.
fn place_in_torch(role: Role, shape: &[usize], index: usize) -> usize {
    let [a, b, c] = match (role, shape) {
        (Role::Transposed, &[n_in, n_out]) => [n_in, 1, n_out],
        (Role::Flattened { channels }, &[n_in, n_out]) => [n_in / channels, channels, n_out],
        (Role::Kernel, &[height, width, n_in, n_out]) => [height * width, n_in, n_out],
        _ => return index,
    };
    let (i, j, k) = (index / (b * c), index / c % b, index % c);
    (k * b + j) * a + i
}

fn fill(weights: &mut Weights) {
    let ids: Vec<_> = weights.ids().collect();
    for id in ids {
        let (role, shape) = (weights.role(id), weights.shape(id).to_vec());
        let name = weights.name(id).to_owned();
        let first: usize = name.bytes().map(usize::from).sum();
        let n_out = shape.last().copied().unwrap_or(1);
        let fan_in = shape.iter().product::<usize>() / n_out;
        let (centre, scale) = if name.ends_with("running_mean") || name.ends_with("bias") {
            (0.0, 0.1)
        } else if name.ends_with("running_var") || shape.len() == 1 {
            (1.0, 0.3)
        } else {
            (0.0, (6.0 / fan_in as f64).sqrt())
        };
        for (index, value) in weights.get_mut(id).iter_mut().enumerate() {
            let noise = noise(first + place_in_torch(role, &shape, index));
            *value = (centre + scale * noise) as f32;
        }
    }
}

fn scores(architecture: Architecture, golden: &serde_json::Value) -> Vec<f32> {
    let axis = |number: usize| golden["input"][number].as_u64().unwrap() as usize;
    let [height, width, channels] = [0, 1, 2].map(axis);
    let n_classes = golden["classes"].as_u64().unwrap() as usize;
    let mut network = architecture
        .network([height, width, channels], &[n_classes], 0)
        .unwrap();
    let parameters = golden["parameters"].as_u64().unwrap() as usize;
    assert_eq!(network.weights().count().0, parameters, "{architecture}");
    fill(network.weights_mut());
    let mut picture = Vec::new();
    for cell in 0..height * width {
        picture
            .extend((0..channels).map(|channel| noise(7 + channel * height * width + cell) as f32));
    }
    let pass = Pass::infer(network.weights(), 1);
    let (mut trunk, mut head) = (Workspace::default(), Workspace::default());
    let features = trunk.forward(network.trunk(), &pass, network.input(), &picture);
    let shape = network.trunk().output_shape();
    head.forward(&network.heads()[0], &pass, shape, features)
        .to_vec()
}

#[test]
fn scores_equal_those_of_pytorch() {
    let golden: serde_json::Value =
        serde_json::from_str(include_str!("../../tests/golden/networks.json")).unwrap();
    for name in [
        "resnet18", "resnet50", "resnet20", "vgg11", "vgg11-bn", "alexnet",
    ] {
        let golden = &golden[name];
        let scores = scores(name.parse().unwrap(), golden);
        let norm = scores
            .iter()
            .map(|&score| f64::from(score).powi(2))
            .sum::<f64>()
            .sqrt();
        let expected = golden["norm"].as_f64().unwrap();
        assert!(
            (norm - expected).abs() < 1e-3 * expected,
            "{name}: {norm} for {expected}"
        );
        for (number, &score) in scores[..10].iter().enumerate() {
            let expected = golden["scores"][number].as_f64().unwrap();
            let apart = (f64::from(score) - expected).abs();
            assert!(
                apart < 1e-3 * expected.abs().max(1.0),
                "{name} {number}: {score} for {expected}"
            );
        }
    }
}

#[test]
fn parameters_are_counted_exactly() {
    for (name, input, n_classes, parameters) in [
        ("seed-cnn", [28, 28, 1], 10, 225_034),
        ("lenet", [28, 28, 1], 10, 61_706),
        ("lenet", [32, 32, 1], 10, 61_706),
        ("vgg16", [224, 224, 3], 1000, 138_357_544),
        ("resnet34", [64, 64, 3], 1000, 21_797_672),
        ("resnet32", [32, 32, 3], 10, 464_154),
        ("resnet56", [32, 32, 3], 10, 853_018),
    ] {
        let architecture: Architecture = name.parse().unwrap();
        let network = architecture.network(input, &[n_classes], 0).unwrap();
        assert_eq!(network.summary().params().0, parameters, "{name}");
    }
}

#[test]
fn names_go_both_ways() {
    for architecture in Architecture::ALL {
        assert_eq!(
            architecture.to_string().parse::<Architecture>().unwrap(),
            architecture
        );
        let stored = serde_json::to_string(&architecture).unwrap();
        assert_eq!(stored, format!("\"{architecture}\""));
        assert_eq!(
            serde_json::from_str::<Architecture>(&stored).unwrap(),
            architecture
        );
    }
    let unknown = "resnet19".parse::<Architecture>().unwrap_err().to_string();
    assert!(
        unknown.contains("resnet19") && unknown.contains("resnet18"),
        "{unknown}"
    );
}

#[test]
fn files_have_the_names_and_shapes_of_torchvision() {
    let network = Architecture::ResNet18
        .network([32, 32, 3], &[10], 1)
        .unwrap();
    let bytes = to_safetensors(network.weights()).unwrap();
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let shape = |name: &str| file.tensor(name).unwrap().shape().to_vec();
    assert_eq!(shape("conv1.weight"), [64, 3, 7, 7]);
    assert_eq!(shape("layer2.0.downsample.0.weight"), [128, 64, 1, 1]);
    assert_eq!(shape("layer2.0.downsample.1.running_var"), [128]);
    assert_eq!(shape("layer4.1.bn2.weight"), [512]);
    assert_eq!(shape("fc.weight"), [10, 512]);
    let mut other = Architecture::ResNet18
        .network([48, 40, 3], &[10], 2)
        .unwrap();
    from_safetensors(other.weights_mut(), &bytes).unwrap();
    assert_eq!(other.weights(), network.weights());
}

#[test]
fn what_cannot_be_is_refused() {
    let error = |name: &str, input, n_classes: &[usize]| {
        let architecture: Architecture = name.parse().unwrap();
        architecture
            .network(input, n_classes, 0)
            .unwrap_err()
            .to_string()
    };
    assert!(error("seed-cnn", [28, 28, 1], &[]).contains("n_classes"));
    assert!(error("seed-cnn", [28, 28, 1], &[3, 0]).contains("[3, 0]"));
    for (name, input) in [
        ("seed-cnn", [2, 2, 1]),
        ("alexnet", [20, 20, 3]),
        ("vgg11", [8, 8, 3]),
    ] {
        let error = error(name, input, &[10]);
        assert!(error.contains("layer"), "{name}: {error}");
    }
    assert!(error("resnet18", [0, 32, 3], &[10]).contains('0'));
}

#[test]
fn networks_beyond_the_limits_are_refused_before_memory_is_reserved() {
    let error = |architecture: Architecture, input| {
        let network = architecture.network(input, &[10], 0);
        network.unwrap_err().to_string()
    };
    for architecture in Architecture::ALL {
        assert!(error(architecture, [1 << 40, 64, 3]).contains("height"));
        assert!(error(architecture, [64, usize::MAX, 3]).contains("width"));
        assert!(error(architecture, [64, 64, 1 << 40]).contains("channels"));
    }
    // Its dense layer would have 2^37 weights.
    let large = error(Architecture::SeedCnn, [1 << 14, 1 << 14, 1]);
    assert!(
        large.contains("`input`") && large.contains("1073741824"),
        "{large}"
    );
    for (stride, n_out) in [(1025, 4), (2, 1 << 40)] {
        assert!(crate::PaddedShortcut::new(stride, n_out).is_err());
    }
    for (height, width) in [(1 << 40, 1), (1, (1 << 14) + 1)] {
        assert!(crate::AdaptiveAvgPool2d::new(height, width).is_err());
    }
}
