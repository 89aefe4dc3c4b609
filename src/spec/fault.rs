//! Mistakes that an experiment makes on purpose: what people's own backward passes did instead of the derivative.
//!
//! Words and nothing else; what they do is in `nn`.

/// What is wrong with a trial; nothing, by default. The reported loss stays the true loss.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fault {
    pub hidden_derivative: Option<HiddenDerivative>,
    pub output_delta: Option<OutputDelta>,
    pub update: Option<Update>,
    pub time_index: Option<TimeIndex>,
    pub labels: Option<Labels>,
    pub loss: Option<FaultyLoss>,
}

/// An enumeration whose cases have the words of the language.
macro_rules! words {
    ($(#[doc = $about:literal])* $name:ident { $($(#[doc = $docs:literal])* $case:ident = $word:literal,)* }) => {
        $(#[doc = $about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[doc = $docs])* $case,)*
        }

        impl $name {
            pub const ALL: &[$name] = &[$($name::$case),*];

            /// The word in the file.
            pub fn name(self) -> &'static str {
                match self {
                    $($name::$case => $word,)*
                }
            }

            /// What the key says, and each word with what it does.
            fn words() -> FaultWords {
                FaultWords { about: concat!($($about,)*), words: vec![$(($word, concat!($($docs,)*)),)*] }
            }
        }
    };
}

/// What a key of `[fault]` is about, and its words with what each does: formulas in Markdown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultWords {
    pub about: &'static str,
    pub words: Vec<(&'static str, &'static str)>,
}

/// Those of a key; `None` where it is none of `[fault]`.
pub fn fault_words(key: &str) -> Option<FaultWords> {
    match key {
        "hidden_derivative" => Some(HiddenDerivative::words()),
        "output_delta" => Some(OutputDelta::words()),
        "update" => Some(Update::words()),
        "time_index" => Some(TimeIndex::words()),
        "labels" => Some(Labels::words()),
        "loss" => Some(FaultyLoss::words()),
        _ => None,
    }
}

words! {
    /// What the backward pass takes for the derivative `f'(z)` of a hidden activation `a = f(z)`.
    HiddenDerivative {
        /// `f(z)`: the activation was given as its own derivative.
        ReluValue = "relu_value",
        /// The formula of `f'` in terms of `a`, such as `a (1 - a)`, with `z` in the place of `a`.
        FormulaOnZ = "formula_on_z",
        /// `f'(a)`.
        DerivativeAtOutput = "derivative_at_output",
        /// The same for the state of an Elman layer, on the way from one time step to the one before; where a loss enters, the derivative
        /// is right.
        DerivativeAtState = "derivative_at_state",
        /// `a (1 - a)` for a hidden softmax, without the other entries of its Jacobian; layers of another kind keep their derivative.
        SoftmaxElementwise = "softmax_elementwise",
        /// 1: the derivative is left out.
        Missing = "missing",
    }
}

words! {
    /// What is sent back from the outputs instead of `dL/dz`. `p` is the output, `y` the target, and `dL/dz` and `dL/dp` are those of the
    /// loss as it is reduced.
    OutputDelta {
        /// `-dL/dz`.
        WrongSign = "wrong_sign",
        /// `dL/dz · p (1 - p)`.
        ExtraElementwise = "extra_elementwise",
        /// `-dL/dz · p (1 - p)`.
        WrongSignAndExtraElementwise = "wrong_sign_and_extra_elementwise",
        /// `dL/dp`, without the derivative of the activation.
        MissingDerivative = "missing_derivative",
        /// `dL/dp · p (1 - p)` where the Jacobian has more entries.
        SoftmaxElementwise = "softmax_elementwise",
        /// `dL/dp_j · (p_j (1 - p_j) - Σ_{i≠j} p_i p_j)`: the rows of the Jacobian were summed first. It is 0.
        SoftmaxRowSum = "softmax_row_sum",
        /// `dL/dp_j · (p_j (1 - p_j) - Σ_{i≠j} i p_i)`: the index `i` stands where its probability was meant.
        SoftmaxIndexShadowed = "softmax_index_shadowed",
        /// `dL/dp · s (1 - s)` with `s = softmax(p)`.
        SoftmaxOfSoftmax = "softmax_of_softmax",
        /// `e²` with `e = y - p`, as reduced: the squared error as the signal.
        SquaredError = "squared_error",
        /// `2 e⁴ · f'(z)`: the square of the squared error was differentiated.
        SquaredErrorSquared = "squared_error_squared",
        /// `-e · e (1 - e)`: the formula of the sigmoid's derivative at the error.
        DerivativeOfError = "derivative_of_error",
    }
}

words! {
    /// How parameters change.
    Update {
        /// Each step is multiplied by the parameter.
        Multiplicative = "multiplicative",
        /// The gradient is added to those before it, never set back to zero.
        Accumulate = "accumulate",
    }
}

words! {
    /// Which time step a many-to-one recurrent network is differentiated at.
    TimeIndex {
        /// The first that is no padding: its input, pre-activation, and state, with the error of the last.
        FirstStepUsed = "first_step_used",
    }
}

words! {
    /// Which targets training sees.
    Labels {
        /// Those of other rows.
        Shuffled = "shuffled",
    }
}

words! {
    /// What training makes small instead of the loss.
    FaultyLoss {
        /// Without a last range of one element.
        RangeDrop = "range_drop",
        /// Over the right class alone, where a hinge is a constant.
        TargetClassOnly = "target_class_only",
        /// The data term is that of other parameters, a constant.
        ParametersIgnored = "parameters_ignored",
    }
}

impl Fault {
    /// Key and word of each mistake, in the order of the reference.
    pub fn all(&self) -> Vec<(&'static str, &'static str)> {
        let Fault { hidden_derivative, output_delta, update, time_index, labels, loss } = self;
        let keyed = [
            ("hidden_derivative", hidden_derivative.map(HiddenDerivative::name)),
            ("output_delta", output_delta.map(OutputDelta::name)),
            ("update", update.map(Update::name)),
            ("time_index", time_index.map(TimeIndex::name)),
            ("labels", labels.map(Labels::name)),
            ("loss", loss.map(FaultyLoss::name)),
        ];
        keyed.into_iter().filter_map(|(key, word)| Some((key, word?))).collect()
    }

    /// Whether nothing is wrong.
    pub fn is_none(&self) -> bool {
        *self == Fault::default()
    }
}

/// `output_delta = wrong_sign, update = accumulate`; nothing where nothing is wrong.
impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words: Vec<String> = self.all().iter().map(|(key, word)| format!("{key} = {word}")).collect();
        f.write_str(&words.join(", "))
    }
}
