//! Mistakes on purpose beside those that golden files hold: in networks of several kinds of layers, and of sequences of several lengths.

use std::sync::Arc;

use runner::nn::{Feed, Member, Parameter, Rows, Samples, Shape, Trainer};
use runner::spec::{Cell, Fault, HiddenDerivative, Recurrent, TimeIndex, Truncate};

use crate::networks::{Setup, activation, layer, loss};

/// Parameters, and the gradient that a mistake makes of them, by name.
type Named<'a> = &'a [(&'a str, &'a [f64], &'a [f64])];

/// Loss and gradient at these parameters. Absolute tolerance for numbers of order 1 after some dozen roundings.
#[track_caller]
fn check(setup: &Setup, shape: Shape, rows: Rows<'_>, expected: f64, named: Named<'_>) {
    let configuration = setup.configuration();
    let mut trainer =
        Trainer::new(&[Member { configuration: &configuration, init_seed: 0, noise_seed: 0 }], shape);
    let start = trainer.parameters(0).into_iter().map(|p| {
        let (_, values, _) = named.iter().find(|(name, ..)| *name == p.name).unwrap();
        Parameter { values: values.to_vec(), ..p }
    });
    let start: Vec<Parameter> = start.collect();
    assert_eq!(start.len(), named.len());
    trainer.set_parameters(0, &start);
    let feed = Feed::whole(vec![Arc::new(Samples::of(shape, setup.precision, rows))], vec![0]);
    let loss = trainer.evaluate(&feed, false).loss[0];
    assert!((loss - expected).abs() <= 1e-13, "{loss} is not {expected}");
    for parameter in &trainer.gradients(&feed)[0] {
        let (_, _, theirs) = named.iter().find(|(name, ..)| *name == parameter.name).unwrap();
        for (a, b) in parameter.values.iter().zip(*theirs) {
            assert!((a - b).abs() <= 1e-13, "{}: {:?} is not {theirs:?}", parameter.name, parameter.values);
        }
    }
}

/// PyTorch 2.15.0 in float64, tanh below softmax, of which alone the derivative is `a (1 - a)`: `s + (z - z.detach()) * (s * (1 - s))`
/// with `s = softmax(z).detach()`.
#[test]
fn a_derivative_of_softmax_is_no_other_layers() {
    let mut setup = Setup::new();
    setup.hidden = vec![layer(3, activation("tanh")), layer(3, activation("softmax"))];
    (setup.output, setup.loss) = (activation("identity"), loss("mse"));
    setup.fault = Fault { hidden_derivative: Some(HiddenDerivative::SoftmaxElementwise), ..Fault::default() };
    let (x, y) = ([0.5, -1.0, 0.25, 0.75, -0.5, 0.125], [1.0, 0.0, 0.0, 1.0, 1.0, 0.0]);
    let named: Named<'_> = &[
        (
            "layer_0.weight",
            &[-0.875, -0.375, 0.5, -0.625, 0.5, 0.25],
            &[
                -0.0025822327084948737,
                -0.017450393774636357,
                -0.028852883648295177,
                0.00897238739783648,
                0.002661175385538615,
                -0.030500297915216704,
            ],
        ),
        (
            "layer_0.bias",
            &[-0.625, -0.125, -0.25],
            &[0.021945406228207082, 0.08520806835492903, -0.1442960084336031],
        ),
        (
            "layer_1.weight",
            &[0.5, -0.625, 0.25, -0.125, -0.375, 1.0, -0.875, -0.75, 0.125],
            &[
                -0.09116340369967646,
                -0.03415394344665437,
                -0.06244361903163202,
                0.0016389584276750497,
                -0.016947839317479837,
                -0.014847716835493338,
                -0.008334128776422547,
                -0.017995703014082907,
                -0.03862399399892228,
            ],
        ),
        (
            "layer_1.bias",
            &[0.875, -0.75, 0.375],
            &[0.1305308319996882, 0.07434001941943959, 0.14273649560072482],
        ),
        (
            "layer_2.weight",
            &[0.125, -0.875, -0.5, -0.125, -0.875, -0.125],
            &[
                -0.4687818234305764,
                -0.3580158008471572,
                -0.14825586529542717,
                -0.1445079237296904,
                -0.19190966285927372,
                -0.2332274483822715,
            ],
        ),
        ("layer_2.bias", &[0.125, 0.125], &[-0.8089473515852773, -0.7357511729591191]),
    ];
    let rows = Rows { x: &x, y: &y, ..Rows::default() };
    check(&setup, Shape::rows(2, 2), rows, 0.7530010183715475, named);
}

/// An independent program on PyTorch 2.15.0 in float64: each sequence passes alone, without padding; the error of its last step meets
/// input and state of its first. The weights to itself meet the state before that, which is 0.
#[test]
fn the_first_step_of_a_sequence_is_its_own() {
    let mut setup = Setup::new();
    setup.hidden = vec![layer(2, activation("tanh"))];
    setup.recurrent =
        Some(Recurrent { cell: Cell::Elman, return_sequences: false, truncate: Truncate::Never });
    (setup.output, setup.loss) = (activation("identity"), loss("mse"));
    setup.fault = Fault { time_index: Some(TimeIndex::FirstStepUsed), ..Fault::default() };
    let x = [
        [1.0, 2.0, -1.0, 0.5, 0.25, -0.75],
        [0.0, 0.0, 0.0, 0.0, 0.6, -0.4],
        [0.0, 0.0, -0.8, 0.3, 0.9, 1.1],
    ]
    .concat();
    let rows = Rows { x: &x, y: &[0.5, -1.0, 0.25], lengths: &[3, 1, 2], ..Rows::default() };
    let named: Named<'_> = &[
        (
            "layer_0.weight",
            &[0.3, -0.2, 0.5, 0.4],
            &[0.29896475473588563, -0.20415600121143623, -0.32645389562482857, 0.5950045045527288],
        ),
        ("layer_0.recurrent_weight", &[0.1, 0.6, -0.4, 0.2], &[0.0; 4]),
        ("layer_0.bias", &[0.05, -0.1], &[0.8054458371481023, -0.7983722418714189]),
        ("layer_1.weight", &[0.7, -0.9], &[-0.1721838022349978, -0.44706361868234895]),
        ("layer_1.bias", &[0.2], &[0.9803535275019616]),
    ];
    let shape = Shape { features: 2, outputs: 1, steps: 3, answers: 1 };
    check(&setup, shape, rows, 0.8584698814703272, named);
}
