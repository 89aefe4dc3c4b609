//! Error bounds, ends, and equal bits on every machine.
//!
//! The exact results are those of the `libm` crate in `f64`, whose own errors are below 2^-28 of a unit here. The figures
//! in the documentation called "measured" are the worst of all 2^32 bit patterns, a stride of 1.

#[cfg(target_arch = "x86_64")]
use super::super::lanes::{Avx2, Avx512};
use super::super::lanes::{Lanes, Portable};

/// Every such bit pattern is tried; prime, so that every exponent meets all kinds of mantissa.
const STRIDE: u32 = 1021;
const BLOCK: usize = 4096;

/// A function on any lanes, and what it should be.
trait Function {
    const NAME: &'static str;
    /// Greatest error in units in the last place: what the documentation states.
    const BOUND: f64;
    /// Whether results below 2^-126 are 0.
    const FLUSHED: bool;
    fn on<L: Lanes>(l: L, x: L::F) -> L::F;
    fn exact(x: f64) -> f64;
}

macro_rules! function {
    ($type:ident, $name:ident, $bound:expr, $flushed:expr, $exact:expr) => {
        struct $type;
        impl Function for $type {
            const NAME: &'static str = stringify!($name);
            const BOUND: f64 = $bound;
            const FLUSHED: bool = $flushed;
            fn on<L: Lanes>(l: L, x: L::F) -> L::F {
                super::$name(l, x)
            }
            fn exact(x: f64) -> f64 {
                let exact: fn(f64) -> f64 = $exact;
                exact(x)
            }
        }
    };
}

function!(Exp, exp, 1.0, true, libm::exp);
function!(ExpMinusOne, exp_minus_one, 2.0, false, libm::expm1);
function!(Ln, ln, 1.0, false, libm::log);
function!(LnOnePlus, ln_one_plus, 2.0, false, libm::log1p);
function!(Tanh, tanh, 2.0, false, libm::tanh);
function!(Logistic, logistic, 2.5, true, |x| 1.0 / (1.0 + libm::exp(-x)));
// The form for x > 0 is ln(1 + e^x) as well, and does not overflow.
function!(Softplus, ln_one_plus_exp, 3.0, true, |x| libm::fmax(x, 0.0)
    + libm::log1p(libm::exp(-libm::fabs(x))));
function!(Erf, erf, 2.0, false, libm::erf);
function!(NormalCdf, normal_cdf, 5.0, true, |x| libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2) / 2.0);

/// A check of each function on some lanes.
macro_rules! each_function {
    ($check:ident, $l:expr) => {
        $check::<Exp, _>($l);
        $check::<ExpMinusOne, _>($l);
        $check::<Ln, _>($l);
        $check::<LnOnePlus, _>($l);
        $check::<Tanh, _>($l);
        $check::<Logistic, _>($l);
        $check::<Softplus, _>($l);
        $check::<Erf, _>($l);
        $check::<NormalCdf, _>($l);
    };
}

/// The function of a block of numbers.
fn map<T: Function, L: Lanes>(l: L, xs: &[f32; BLOCK]) -> [f32; BLOCK] {
    let mut ys = [0.0; BLOCK];
    for (x, y) in xs.chunks_exact(L::WIDTH).zip(ys.chunks_exact_mut(L::WIDTH)) {
        l.store(T::on(l, l.load(x)), y);
    }
    ys
}

/// All bit patterns that the stride meets, block by block; the last is filled up with NaN.
fn blocks() -> impl Iterator<Item = [f32; BLOCK]> {
    let block = u64::from(STRIDE) * BLOCK as u64;
    (0..1_u64 << 32).step_by(usize::try_from(block).expect("64 bits")).map(|first| {
        std::array::from_fn(|k| {
            let bits = first + k as u64 * u64::from(STRIDE);
            u32::try_from(bits).map_or(f32::NAN, f32::from_bits)
        })
    })
}

/// The distance of the nearest numbers of `f32` at a finite number.
fn ulp(x: f64) -> f64 {
    let exponent = libm::ilogb(x).max(-126);
    libm::ldexp(1.0, exponent - 23)
}

/// The error in ulp, infinite where a NaN, an infinity, or a 0 in place of a small number is missing or not due.
fn error<T: Function>(x: f32, y: f32) -> f64 {
    let exact = T::exact(f64::from(x));
    let right = exact as f32;
    let due = if exact.is_nan() {
        y.is_nan()
    } else if right.is_infinite() || y.is_infinite() {
        y == right
    } else if T::FLUSHED && exact.abs() < f64::from(f32::MIN_POSITIVE) {
        y == 0.0
    } else {
        // A NaN that is not due compares with nothing.
        let error = (f64::from(y) - exact).abs() / ulp(exact);
        return if error.is_nan() { f64::INFINITY } else { error };
    };
    if due { 0.0 } else { f64::INFINITY }
}

fn check_bound<T: Function, L: Lanes>(l: L) {
    let (mut worst, mut place) = (0.0, 0.0);
    for xs in blocks() {
        let ys = map::<T, L>(l, &xs);
        for (&x, &y) in xs.iter().zip(&ys) {
            let e = error::<T>(x, y);
            if e > worst {
                (worst, place) = (e, x);
            }
        }
    }
    assert!(worst <= T::BOUND, "{}: {worst} ulp at {place:e}", T::NAME);
}

#[test]
fn errors_stay_within_the_stated_bounds() {
    // Other lanes give the same bits: the next test.
    #[cfg(target_arch = "x86_64")]
    if let Some(l) = Avx2::detect() {
        each_function!(check_bound, l);
        return;
    }
    each_function!(check_bound, Portable);
}

/// What the bits promise: those of a number, and that it is NaN.
fn bits(y: f32) -> u32 {
    if y.is_nan() { f32::NAN.to_bits() } else { y.to_bits() }
}

fn check_bits<T: Function, L: Lanes>(l: L) {
    for xs in blocks() {
        let (ours, theirs) = (map::<T, _>(Portable, &xs), map::<T, _>(l, &xs));
        for k in 0..BLOCK {
            assert_eq!(bits(ours[k]), bits(theirs[k]), "{} of {:e}", T::NAME, xs[k]);
        }
    }
}

#[test]
#[cfg(target_arch = "x86_64")]
fn every_machine_gives_the_same_bits() {
    if let Some(l) = Avx2::detect() {
        each_function!(check_bits, l);
    }
    if let Some(l) = Avx512::detect() {
        each_function!(check_bits, l);
    }
}

/// At one number, on all lanes of this machine.
fn at<T: Function>(x: f32) -> f32 {
    let xs = [x; BLOCK];
    let y = map::<T, _>(Portable, &xs)[0];
    #[cfg(target_arch = "x86_64")]
    {
        let others = [
            Avx2::detect().map(|l| map::<T, _>(l, &xs)[0]),
            Avx512::detect().map(|l| map::<T, _>(l, &xs)[0]),
        ];
        for other in others.into_iter().flatten() {
            assert_eq!(bits(y), bits(other), "{} of {x:e}", T::NAME);
        }
    }
    y
}

/// At each of these the result is exact, and known from the function's definition.
fn check_exact<T: Function>(pairs: &[(f32, f32)]) {
    for &(x, y) in pairs {
        let got = at::<T>(x);
        assert!(got == y, "{}({x:e}) = {got:e}, not {y:e}", T::NAME);
    }
    assert!(at::<T>(f32::NAN).is_nan(), "{} of NaN", T::NAME);
    // A NaN with bits of its own, which integer arithmetic must not take for a number.
    assert!(at::<T>(f32::from_bits(0xFFC0_01FF)).is_nan(), "{} of a NaN with all its lower bits", T::NAME);
}

const INF: f32 = f32::INFINITY;

#[test]
fn ends_and_fixed_points_are_exact() {
    check_exact::<Exp>(&[
        (0.0, 1.0),
        (-0.0, 1.0),
        (-INF, 0.0),
        (INF, INF),
        (f32::MAX, INF),
        (f32::MIN, 0.0),
        (1e-40, 1.0),
    ]);
    check_exact::<ExpMinusOne>(&[(0.0, 0.0), (-INF, -1.0), (f32::MIN, -1.0), (INF, INF), (f32::MAX, INF)]);
    check_exact::<Ln>(&[(1.0, 0.0), (0.0, -INF), (-0.0, -INF), (INF, INF)]);
    check_exact::<LnOnePlus>(&[(0.0, 0.0), (-1.0, -INF), (INF, INF)]);
    check_exact::<Tanh>(&[(0.0, 0.0), (INF, 1.0), (-INF, -1.0), (f32::MAX, 1.0), (f32::MIN, -1.0)]);
    check_exact::<Logistic>(&[(0.0, 0.5), (INF, 1.0), (-INF, 0.0), (f32::MAX, 1.0), (f32::MIN, 0.0)]);
    check_exact::<Softplus>(&[
        (INF, INF),
        (f32::MAX, f32::MAX),
        (100.0, 100.0),
        (-INF, 0.0),
        (f32::MIN, 0.0),
    ]);
    check_exact::<Erf>(&[(0.0, 0.0), (INF, 1.0), (-INF, -1.0), (f32::MAX, 1.0), (f32::MIN, -1.0)]);
    check_exact::<NormalCdf>(&[(0.0, 0.5), (INF, 1.0), (-INF, 0.0), (f32::MAX, 1.0), (f32::MIN, 0.0)]);
    for x in [-INF, f32::MIN, -f32::MIN_POSITIVE, -1e-45] {
        assert!(at::<Ln>(x).is_nan(), "ln({x:e})");
    }
    for x in [-INF, f32::MIN, (-1.0_f32).next_down()] {
        assert!(at::<LnOnePlus>(x).is_nan(), "ln_one_plus({x:e})");
    }
}

/// Both neighbours of each place where a function overflows, is flushed, or changes its formula.
#[test]
fn bounds_hold_where_the_formulas_change() {
    fn check<T: Function>(places: &[f32]) {
        for &place in places {
            for x in [place.next_down(), place, place.next_up()] {
                let e = error::<T>(x, at::<T>(x));
                assert!(e <= T::BOUND, "{}({x:e}): {e} ulp", T::NAME);
            }
        }
    }
    check::<Exp>(&[super::exp::LEAST, 88.722_83, 88.722_84, 88.376_26]);
    check::<ExpMinusOne>(&[88.722_83, 88.722_84, 89.0, -20.0, f32::MIN_POSITIVE]);
    check::<Ln>(&[
        f32::MIN_POSITIVE,
        1.0,
        std::f32::consts::SQRT_2,
        std::f32::consts::FRAC_1_SQRT_2,
        f32::MAX.next_down(),
        1e-45,
    ]);
    check::<LnOnePlus>(&[
        0.0,
        (-1.0_f32).next_up(),
        std::f32::consts::SQRT_2 - 1.0,
        f32::MAX.next_down(),
        f32::MIN_POSITIVE,
    ]);
    check::<Tanh>(&[10.0, -10.0, f32::MIN_POSITIVE]);
    check::<Logistic>(&[super::exp::LEAST, 30.0, 0.0]);
    check::<Softplus>(&[super::exp::LEAST, 0.0]);
    check::<Erf>(&[0.6, -0.6, 4.0, -4.0, f32::MIN_POSITIVE]);
    check::<NormalCdf>(&[-12.949_952, 12.949_952, 0.0]);
}

/// The short forms are the long ones, bit for bit, for the numbers they are for: a stretch around the one place where the
/// formulas differ, every number of which is tried, and the stride over the rest.
#[test]
fn short_forms_are_the_long_ones() {
    let l = Portable;
    let near = super::exp::LEAST_KEPT.to_bits();
    let close = (near - 2048..near + 2048).map(f32::from_bits).collect::<Vec<f32>>();
    let ends = [0.0, -0.0, f32::MIN_POSITIVE, INF, -INF, f32::from_bits(0xFFC0_01FF)];
    for x in blocks().flatten().chain(close).chain(ends) {
        let v = l.splat(x);
        if x.is_nan() || x <= 0.0 {
            let (short, long) = (super::flushed_exp(l, v)[0], l.flush(super::exp(l, v))[0]);
            assert_eq!(bits(short), bits(long), "flushed_exp of {x:e}");
        }
        if x.is_nan() || x >= f32::MIN_POSITIVE {
            let (short, long) = (super::ln_of_normal(l, v)[0], super::ln(l, v)[0]);
            assert_eq!(bits(short), bits(long), "ln_of_normal of {x:e}");
        }
    }
}

#[test]
fn odd_functions_keep_the_sign_of_zero() {
    assert_eq!(at::<Tanh>(-0.0).to_bits(), (-0.0_f32).to_bits());
    assert_eq!(at::<Erf>(-0.0).to_bits(), (-0.0_f32).to_bits());
    assert_eq!(at::<Tanh>(0.0).to_bits(), 0);
    assert_eq!(at::<Erf>(0.0).to_bits(), 0);
}
