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
    /// What a sampler draws from the axes of a sweep.
    Sampler,
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
            Purpose::Sampler => "sampler",
        }
    }
}

/// Words made at once: what the generator computes together, four blocks. Taking them from it one at a time costs twice as much.
const AHEAD: usize = 64;

/// One stream of random numbers.
#[derive(Clone, Debug)]
pub struct Stream {
    generator: ChaCha8Rng,
    /// The next words, from `used` on.
    ahead: [u32; AHEAD],
    used: usize,
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
        Stream { generator, ahead: [0; AHEAD], used: AHEAD, spare: None }
    }
}

impl Stream {
    /// 64 random bits: two words, the lower first.
    #[inline]
    pub fn bits(&mut self) -> u64 {
        if let Some([low, high]) = self.ahead[self.used..].first_chunk() {
            self.used += 2;
            return u64::from(*high) << 32 | u64::from(*low);
        }
        let low = self.word();
        u64::from(self.word()) << 32 | u64::from(low)
    }

    /// 32 random bits.
    #[inline]
    pub fn word(&mut self) -> u32 {
        if self.used == AHEAD {
            self.refill();
        }
        self.used += 1;
        self.ahead[self.used - 1]
    }

    #[cold]
    fn refill(&mut self) {
        let mut bytes = [0; 4 * AHEAD];
        self.generator.fill_bytes(&mut bytes);
        for (word, bytes) in self.ahead.iter_mut().zip(bytes.as_chunks().0) {
            *word = u32::from_le_bytes(*bytes);
        }
        self.used = 0;
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

    /// Uniform in `0..bound` without bias. `bound` must be positive.
    #[inline]
    pub fn below(&mut self, bound: u64) -> u64 {
        assert!(bound > 0, "a random index needs a positive bound");
        loop {
            if let Some(index) = below(self.bits(), bound) {
                return index;
            }
        }
    }

    /// Shuffles in place (Fisher and Yates, from the end). The draws are those of [`Stream::below`].
    ///
    /// First the places of as many items as draws lie ready, then the exchanges: one loop for both would wait at each of its stores.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        let mut left = items.len();
        while left > 1 {
            if self.used == AHEAD {
                self.refill();
            }
            let draws = self.ahead[self.used..].as_chunks().0;
            let ready = draws.len().min(left - 1);
            match u32::try_from(left).ok().and_then(|left| places(&draws[..ready], left)) {
                Some(places) if ready > 0 => {
                    self.used += 2 * ready;
                    for &place in &places[..ready] {
                        left -= 1;
                        items.swap(left, place as usize);
                    }
                }
                _ => {
                    items.swap(left - 1, self.below(left as u64) as usize);
                    left -= 1;
                }
            }
        }
    }
}

/// The index that 64 random bits stand for, uniform in `0..bound`, or `None` where they must be drawn again to be without bias
/// (Lemire 2019, "Fast random integer generation in an interval").
#[inline]
fn below(bits: u64, bound: u64) -> Option<u64> {
    let wide = u128::from(bits) * u128::from(bound);
    let low = wide as u64;
    // The threshold lies below the bound, so its division is seldom needed.
    (low >= bound || low >= bound.wrapping_neg() % bound).then_some((wide >> 64) as u64)
}

/// [`below`] for bounds that fall by one from draw to draw. `None` where a draw may have to be repeated: where the middle word of its
/// product is 0, which one in four thousand million is.
#[inline]
fn places(draws: &[[u32; 2]], bound: u32) -> Option<[u32; AHEAD / 2]> {
    let mut places = [0; AHEAD / 2];
    let mut is_doubtful = false;
    for (([low, high], place), taken) in draws.iter().zip(&mut places).zip(0..) {
        let bound = u64::from(bound - taken);
        let wide = u64::from(*high) * bound + ((u64::from(*low) * bound) >> 32);
        *place = (wide >> 32) as u32;
        is_doubtful |= wide as u32 == 0;
    }
    (!is_doubtful).then_some(places)
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

    /// The definition, one draw after the other, is the origin: blocks of draws must give the same.
    #[test]
    fn shuffles_in_blocks_are_those_of_single_draws() {
        for (length, words) in [(2, 0), (33, 0), (64, 0), (97, 1), (1000, 7), (1000, 63)] {
            let mut drawn = stream(5, Purpose::Order, length);
            let mut single = drawn.clone();
            for _ in 0..words {
                assert_eq!(drawn.word(), single.word());
            }
            let mut items: Vec<u64> = (0..length).collect();
            let mut expected = items.clone();
            drawn.shuffle(&mut items);
            for i in (1..expected.len()).rev() {
                expected.swap(i, single.below(i as u64 + 1) as usize);
            }
            assert_eq!(items, expected, "{length} items after {words} words");
            assert_eq!(drawn.bits(), single.bits(), "the streams go on alike");
        }
        // A product whose middle word is 0 is not decided in a block.
        assert_eq!(places(&[[1, 1], [0, 0]], 10), None);
        assert_eq!(places(&[[0, 0x2000_0001]; 2], 9).map(|p| p[..3].to_vec()), Some(vec![1, 1, 0]));
    }

    /// Words come in the order of the generator, whose `next_u64` takes the lower one first.
    #[test]
    fn words_and_bits_share_one_sequence() {
        let (mut words, mut bits) = (stream(2, Purpose::Noise, 0), stream(2, Purpose::Noise, 0));
        let all: Vec<u32> = (0..200).map(|_| words.word()).collect();
        assert_eq!(bits.word(), all[0]);
        for pair in all[1..199].chunks(2) {
            assert_eq!(bits.bits(), u64::from(pair[1]) << 32 | u64::from(pair[0]));
        }
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
