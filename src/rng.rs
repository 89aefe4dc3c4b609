//! Random streams: `stream(seed, purpose, index)`, counter-based and bit-stable.
//!
//! A stream depends on its three names only, never on when, where, or in which pack it is drawn.
//! The generator is ChaCha8 (D. J. Bernstein 2008; `rand_chacha`), keyed by SHA-256 of the names, so streams are independent.
//! Distributions are written here rather than taken from a crate, because a crate may change its values in a minor release;
//! the first draws are pinned by tests. It does not know what the numbers are used for.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use sha2::{Digest as _, Sha256};

/// What a stream is for. Replicates vary each of these unless `[train] vary` holds one still.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Purpose {
    /// Which rows go to train, validation, and test.
    Split,
    /// Initial parameters.
    Init,
    /// Order of the rows in each epoch.
    Order,
    /// Dropout masks.
    Noise,
    /// Samples made by a generator; `index` is unused.
    Data,
    /// Monte Carlo inside statistics.
    Statistics,
}

impl Purpose {
    /// The word that stands in `[train] vary` and in the key of the stream.
    pub fn name(self) -> &'static str {
        match self {
            Purpose::Split => "split",
            Purpose::Init => "init",
            Purpose::Order => "order",
            Purpose::Noise => "noise",
            Purpose::Data => "data",
            Purpose::Statistics => "statistics",
        }
    }
}

/// One stream of random numbers.
#[derive(Clone, Debug)]
pub struct Stream {
    generator: ChaCha8Rng,
    spare: Option<f64>,
}

/// The stream named by `(seed, purpose, index)`; `index` numbers sub-streams (epoch, layer, fold).
pub fn stream(seed: u64, purpose: Purpose, index: u64) -> Stream {
    Streams::new(seed, purpose).stream(index)
}

/// The streams of a seed and a purpose, for those who need many: the names are hashed once.
#[derive(Clone, Debug)]
pub struct Streams {
    key: [u8; 32],
}

impl Streams {
    pub fn new(seed: u64, purpose: Purpose) -> Streams {
        let mut hash = Sha256::new();
        hash.update(b"runner stream 1\0");
        hash.update(purpose.name().as_bytes());
        hash.update([0]);
        hash.update(seed.to_le_bytes());
        Streams { key: hash.finalize().into() }
    }

    pub fn stream(&self, index: u64) -> Stream {
        let mut generator = ChaCha8Rng::from_seed(self.key);
        generator.set_stream(index);
        Stream { generator, spare: None }
    }
}

impl Stream {
    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.generator.next_u64()
    }

    /// 32 random bits.
    pub fn word(&mut self) -> u32 {
        self.generator.next_u32()
    }

    /// Uniform in `[0, 1)`, 53 bits.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// Uniform in `[low, high)`.
    pub fn uniform(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Standard normal by Box and Muller (1958); two draws at a time, the second kept for the next call.
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        // 1 - unit() lies in (0, 1], so the logarithm is finite.
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.unit()));
        let (sin, cos) = libm::sincos(core::f64::consts::TAU * self.unit());
        self.spare = Some(radius * sin);
        radius * cos
    }

    /// Uniform in `0..bound` without bias (Lemire 2019, "Fast random integer generation in an interval"). `bound` must be positive.
    pub fn below(&mut self, bound: u64) -> u64 {
        assert!(bound > 0, "a random index needs a positive bound");
        let threshold = bound.wrapping_neg() % bound;
        loop {
            let wide = u128::from(self.bits()) * u128::from(bound);
            if (wide as u64) >= threshold {
                return (wide >> 64) as u64;
            }
        }
    }

    /// Shuffles in place (Fisher and Yates, from the end).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i as u64 + 1) as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_differ_by_each_of_their_names() {
        let first = |seed, purpose, index| stream(seed, purpose, index).bits();
        let base = first(0, Purpose::Init, 0);
        assert_eq!(base, first(0, Purpose::Init, 0));
        assert_ne!(base, first(1, Purpose::Init, 0));
        assert_ne!(base, first(0, Purpose::Order, 0));
        assert_ne!(base, first(0, Purpose::Init, 1));
    }

    /// Bits by an implementation of ChaCha8 in Python that gives the published block for the all-zero key and nonce (J. Strombergson,
    /// "Test Vectors for the Stream Cipher ChaCha", 8 rounds, 256 bits: `3e00ef2f 895f40d6 ...`), keyed by `hashlib.sha256` of the names.
    #[test]
    fn first_draws_are_those_of_chacha8_keyed_by_the_names() {
        let mut s = stream(0, Purpose::Init, 0);
        let found = [s.bits(), s.bits(), s.bits()];
        assert_eq!(found, [0x4699_2a33_dcf7_e3f6, 0x7c95_b192_5cf2_137c, 0x4633_b94e_6ef0_0f65]);
        let firsts = [
            (Purpose::Split, 0xcf8c_230f_5785_8725),
            (Purpose::Order, 0xa3ee_5cc4_4f00_182b),
            (Purpose::Noise, 0xeb73_65cf_d764_d828),
            (Purpose::Data, 0x3c7f_8d1a_0541_1511),
            (Purpose::Statistics, 0x82b0_6a4b_8e40_8d17),
        ];
        for (purpose, bits) in firsts {
            assert_eq!(stream(0, purpose, 0).bits(), bits, "{}", purpose.name());
        }
        assert_eq!(stream(u64::MAX, Purpose::Init, u64::MAX).bits(), 0x59d8_9a88_0604_76db);
        // The ninth draw begins the second block.
        let mut s = stream(7, Purpose::Order, 3);
        let found: Vec<u64> = (0..10).map(|_| s.bits()).collect();
        let expected = [0xc864_7e2a_f86a_f1c9, 0xd772_f202_7c75_d9bd, 0x7e7f_eeaf_6040_71bf];
        assert_eq!([found[0], found[8], found[9]], expected);
    }

    /// The documented formulas on those bits, in Python 3 with integers of any size and the functions of its `math`.
    #[test]
    fn first_draws_of_the_distributions_are_pinned() {
        let mut s = stream(1, Purpose::Init, 0);
        // Exact: 53 bits of a draw.
        let unit = [s.unit(), s.unit(), s.unit()];
        assert_eq!(unit, [0.8075379561050449, 0.7481007137533475, 0.6141102951897313]);
        let mut s = stream(1, Purpose::Init, 0);
        let normal = [-0.021663800739072266, -1.8152805067736446, 1.2665731988558646, -0.5479048369049806];
        for expected in normal {
            // A few units in the last place for another library's logarithm, sine, and cosine.
            assert!((s.normal() - expected).abs() <= 4.0 * f64::EPSILON * expected.abs());
        }
        let mut s = stream(1, Purpose::Order, 0);
        let small: Vec<u64> = (0..10).map(|_| s.below(10)).collect();
        assert_eq!(small, [9, 8, 8, 7, 8, 0, 6, 1, 6, 0]);
        // A quarter of all draws is rejected for this bound.
        let large = [s.below(3 << 62), s.below(3 << 62), s.below(3 << 62), s.below(3 << 62)];
        let expected = [
            9_288_895_332_832_487_009,
            5_648_696_356_796_484_235,
            621_554_564_616_167_709,
            10_969_741_232_304_918_993,
        ];
        assert_eq!(large, expected);
        let mut items: Vec<u64> = (0..10).collect();
        stream(1, Purpose::Order, 2).shuffle(&mut items);
        assert_eq!(items, [4, 7, 0, 9, 2, 5, 3, 8, 1, 6]);
    }

    #[test]
    fn moments_are_those_of_the_distributions() {
        let mut s = stream(1, Purpose::Init, 0);
        let n = 100_000;
        let (mut mean, mut square, mut unit) = (0.0, 0.0, 0.0);
        for _ in 0..n {
            let z = s.normal();
            mean += z / n as f64;
            square += z * z / n as f64;
            unit += s.unit() / n as f64;
        }
        // Five standard errors: 5 / sqrt(1e5) = 0.0158, 5 * sqrt(2 / 1e5) = 0.0224, 5 * sqrt(1/12 / 1e5) = 0.0046.
        assert!(mean.abs() < 0.0158 && (square - 1.0).abs() < 0.0224 && (unit - 0.5).abs() < 0.0046);
    }

    #[test]
    fn shuffle_is_a_permutation_and_below_stays_below() {
        let mut s = stream(3, Purpose::Order, 7);
        let mut items: Vec<u32> = (0..1000).collect();
        s.shuffle(&mut items);
        assert_ne!(items, (0..1000).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..1000).collect::<Vec<_>>());
        assert!((0..1000).all(|_| s.below(3) < 3));
    }
}
