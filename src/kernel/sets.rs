//! Instruction sets: which there are, which this machine has, and one compiled function for each.
//!
//! The choice is made once and never changes a bit of a result; a test trains with every set the machine has.

/// A set of vector instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Set {
    /// Plain Rust.
    Portable,
    /// AVX2 and FMA of x86-64.
    Avx2,
    /// AVX-512F of x86-64.
    Avx512,
}

impl Set {
    /// The widest set of this machine.
    pub fn best() -> Set {
        let found = Set::available();
        found[found.len() - 1]
    }

    /// The sets that this machine has, from narrow to wide.
    pub fn available() -> Vec<Set> {
        let mut found = vec![Set::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            found.extend(super::lanes::Avx2::detect().map(|_| Set::Avx2));
            found.extend(super::lanes::Avx512::detect().map(|_| Set::Avx512));
        }
        found
    }

    /// Panics where this machine lacks the set.
    pub(crate) fn check(self) {
        assert!(Set::available().contains(&self), "this machine has no {}", self.name());
    }

    /// Numbers of `f32` that one instruction treats.
    pub fn width(self) -> usize {
        match self {
            Set::Portable => 4,
            Set::Avx2 => 8,
            Set::Avx512 => 16,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Set::Portable => "portable",
            Set::Avx2 => "avx2",
            Set::Avx512 => "avx512",
        }
    }
}

/// One function for each set; of one signature.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PerSet<T> {
    pub(crate) portable: T,
    pub(crate) avx2: T,
    pub(crate) avx512: T,
}

impl<T: Copy> PerSet<T> {
    pub(crate) fn of(&self, set: Set) -> T {
        match set {
            Set::Portable => self.portable,
            Set::Avx2 => self.avx2,
            Set::Avx512 => self.avx512,
        }
    }
}

/// Compiles a function that is generic over lanes (and perhaps one more type) once for each set.
///
/// `compile! { name: Body(argument: Type, ...) }` makes a constant function `name()` that gives a [`PerSet`] of
/// `unsafe fn(arguments)`; the generic function `Body` must be `#[inline(always)]`. The functions may be called only where
/// the processor has the set, and with what `Body` asks of its arguments.
macro_rules! compile {
    ($(#[$doc:meta])* $name:ident $(<$G:ident: $bound:path>)?: $body:ident($($argument:ident: $type:ty),* $(,)?)) => {
        $(#[$doc])*
        pub(crate) const fn $name$(<$G: $bound>)?() -> $crate::kernel::sets::PerSet<unsafe fn($($type),*)> {
            unsafe fn on_portable$(<$G: $bound>)?($($argument: $type),*) {
                // SAFETY: what the caller promises.
                unsafe { $body::<$crate::kernel::lanes::Portable, $($G)?>($crate::kernel::lanes::Portable, $($argument),*) }
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            unsafe fn on_avx2$(<$G: $bound>)?($($argument: $type),*) {
                // SAFETY: the processor has the instructions, and what the caller promises.
                unsafe {
                    let lanes = $crate::kernel::lanes::Avx2::assume();
                    $body::<$crate::kernel::lanes::Avx2, $($G)?>(lanes, $($argument),*)
                }
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f")]
            unsafe fn on_avx512$(<$G: $bound>)?($($argument: $type),*) {
                // SAFETY: the processor has the instructions, and what the caller promises.
                unsafe {
                    let lanes = $crate::kernel::lanes::Avx512::assume();
                    $body::<$crate::kernel::lanes::Avx512, $($G)?>(lanes, $($argument),*)
                }
            }
            #[cfg(target_arch = "x86_64")]
            return $crate::kernel::sets::PerSet {
                portable: on_portable$(::<$G>)?,
                avx2: on_avx2$(::<$G>)?,
                avx512: on_avx512$(::<$G>)?,
            };
            #[cfg(not(target_arch = "x86_64"))]
            return $crate::kernel::sets::PerSet {
                portable: on_portable$(::<$G>)?,
                avx2: on_portable$(::<$G>)?,
                avx512: on_portable$(::<$G>)?,
            };
        }
    };
}

pub(crate) use compile;
