//! Elementary functions: nanoseconds per number, with every instruction set that the machine has.
#![expect(unsafe_code, reason = "functions compiled for instruction sets")]

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use runner::kernel::lanes::{self, Lanes};
use runner::kernel::{Set, math};

use crate::clock::ThreadTime;

/// Numbers in a pass; they stay in the nearest cache.
const COUNT: usize = 2048;

/// A function of one number.
trait Function {
    const NAME: &str;
    fn of<L: Lanes>(l: L, x: L::F) -> L::F;
}

macro_rules! functions {
    ($($name:ident $type:ident,)*) => {
        $(struct $type;
        impl Function for $type {
            const NAME: &str = stringify!($name);
            #[inline(always)]
            fn of<L: Lanes>(l: L, x: L::F) -> L::F {
                math::$name(l, x)
            }
        })*

        pub(crate) fn bench(c: &mut Criterion<ThreadTime>) {
            for set in Set::available() {
                $(bench_one::<$type>(c, set);)*
            }
        }
    };
}

functions! {
    exp Exp,
    exp_minus_one ExpMinusOne,
    flushed_exp FlushedExp,
    ln Ln,
    ln_of_normal LnOfNormal,
    ln_one_plus LnOnePlus,
    tanh Tanh,
    logistic Logistic,
    ln_one_plus_exp LnOnePlusExp,
    erf Erf,
    normal_cdf NormalCdf,
}

fn bench_one<T: Function>(c: &mut Criterion<ThreadTime>, set: Set) {
    let mut group = c.benchmark_group(format!("functions/{}", set.name()));
    group.throughput(Throughput::Elements(COUNT as u64));
    // Positive, so that logarithms have values; no function here has a branch or is slower elsewhere.
    let x: Vec<f32> = (0..COUNT).map(|i| (i + 1) as f32 / 512.0).collect();
    let mut y = vec![0.0; COUNT];
    group.bench_function(T::NAME, |b| b.iter(|| pass::<T>(set, black_box(&x), black_box(&mut y))));
}

fn pass<T: Function>(set: Set, x: &[f32], y: &mut [f32]) {
    match set {
        Set::Portable => over::<lanes::Portable, T>(lanes::Portable, x, y),
        #[cfg(target_arch = "x86_64")]
        Set::Avx2 => {
            let lanes = lanes::Avx2::detect().expect("a set that is available");
            // SAFETY: the line above.
            unsafe { avx2::<T>(lanes, x, y) }
        }
        #[cfg(target_arch = "x86_64")]
        Set::Avx512 => {
            let lanes = lanes::Avx512::detect().expect("a set that is available");
            // SAFETY: the line above.
            unsafe { avx512::<T>(lanes, x, y) }
        }
        #[cfg(not(target_arch = "x86_64"))]
        _ => unreachable!("a set that is available"),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn avx2<T: Function>(l: lanes::Avx2, x: &[f32], y: &mut [f32]) {
    over::<lanes::Avx2, T>(l, x, y);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn avx512<T: Function>(l: lanes::Avx512, x: &[f32], y: &mut [f32]) {
    over::<lanes::Avx512, T>(l, x, y);
}

#[inline(always)]
fn over<L: Lanes, T: Function>(l: L, x: &[f32], y: &mut [f32]) {
    for (x, y) in x.chunks_exact(L::WIDTH).zip(y.chunks_exact_mut(L::WIDTH)) {
        l.store(T::of(l, l.load(x)), y);
    }
}
