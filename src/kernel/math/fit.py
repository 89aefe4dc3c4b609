"""Finds the coefficients of src/kernel/math: minimax polynomials by linear programming, rounded to f32 one after another.

Each polynomial is fitted on a fine grid of its interval with the weight that makes the error a relative one of the function
it serves. The coefficients are then rounded from the lowest power up, and those still free are fitted again each time, so
that they make up for what the rounding of the earlier ones lost. What the functions reach in f32 is not decided here: the
tests of src/kernel/math measure it.

    pip install numpy scipy mpmath && python fit.py
"""

import mpmath as mp
import numpy as np
from scipy.optimize import linprog

mp.mp.dps = 40
GRID = 800


def minimax(powers, x, y, weight):
    """The polynomial in the given powers of x whose greatest weighted error on the grid is least, and that error.

    A linear program. It starts from a least-squares fit and asks for the correction in units of what that leaves, so that
    the solver's tolerances are far below what matters.
    """
    columns = np.stack([x**p for p in powers], axis=1) * weight[:, None]
    size = np.max(np.abs(columns), axis=0)
    columns /= size
    start = np.linalg.lstsq(columns, y * weight, rcond=None)[0]
    rest = y * weight - columns @ start
    unit = np.max(np.abs(rest))
    one = np.ones((len(x), 1))
    solved = linprog(
        np.append(np.zeros(len(powers)), 1.0),
        A_ub=np.block([[columns, -one], [-columns, -one]]),
        b_ub=np.concatenate([rest, -rest]) / unit,
        bounds=[(None, None)] * len(powers) + [(0, None)],
    )
    c = start + solved.x[:-1] * unit
    return c / size, np.max(np.abs(columns @ c - y * weight))


def rounded(powers, x, y, weight):
    """Coefficients that are f32, and the greatest weighted error before and after the rounding."""
    ideal = minimax(powers, x, y, weight)[1]
    fixed, rest = [], y.copy()
    for i in range(len(powers)):
        c = float(np.float32(minimax(powers[i:], x, rest, weight)[0][0]))
        fixed.append(c)
        rest = rest - c * x ** powers[i]
    return fixed, ideal, np.max(np.abs(rest * weight))


def grid(low, high):
    """Points from low to high, denser at the ends, none of them 0."""
    x = (low + high) / 2 - (high - low) / 2 * np.cos(np.pi * (np.arange(GRID) + 0.5) / GRID)
    return x[x != 0]


def on(f, x):
    return np.array([float(f(mp.mpf(float(v)))) for v in x])


def show(name, powers, x, y, weight):
    c, ideal, error = rounded(list(powers), x, y, weight)
    print(f"{name}: error {ideal:.2e}, rounded {error:.2e} = {error * 2**24:.3f} * 2^-24")
    for p, v in zip(powers, c):
        print(f"    x^{p}: {np.float32(v)!s}")
    return c


def fit_exp():
    """e^r = 1 + r + r^2 w(r); the weight asks for relative accuracy of e^r - 1, which is more than e^r needs."""
    x = grid(-0.3468, 0.3468)
    y = on(lambda r: (mp.expm1(r) - r) / r**2, x)
    show("exp, w(r)", range(5), x, y, x**2 / np.abs(np.expm1(x)))


def fit_ln(degree):
    """ln(1 + f) = f + f^2 h(f) where 1 + f is in [sqrt(1/2), sqrt(2)]."""
    x = grid(2**-0.5 - 1 - 1e-6, 2**0.5 - 1 + 1e-6)
    y = on(lambda f: (mp.log1p(f) - f) / f**2, x)
    show(f"ln, h(f), degree {degree}", range(degree + 1), x, y, x**2 / np.abs(np.log1p(x)))


def fit_atanh(degree):
    """ln(1 + e) = s + s^3 p(s^2) where s = 2 e / (2 + e) and e is in [0, 1]."""
    u = grid(1e-9, 4 / 9 + 1e-6)
    y = on(lambda v: (2 * mp.atanh(mp.sqrt(v) / 2) / mp.sqrt(v) - 1) / v, u)
    show(f"softplus, p(s^2), degree {degree}", range(degree + 1), u, y, u)


def fit_erf(split, inner, outer):
    """Below the split erf(x) = x + x p(x^2); above it erf(x) = 1 - exp(q(x))."""
    u = grid(1e-9, split**2)
    y = on(lambda v: mp.erf(mp.sqrt(v)) / mp.sqrt(v) - 1, u)
    show(f"erf below {split}, p(x^2)", range(inner + 1), u, y, 1 / (1 + y))
    x = grid(split, 4.0)
    y = on(lambda v: mp.log(mp.erfc(v)), x)
    show(f"erf above {split}, q(x)", range(outer + 1), x, y, on(lambda v: mp.erfc(v) / mp.erf(v), x))


def fit_normal(scale, degree):
    """The normal tail over exp(-z^2 / 2) as a polynomial in t = (z - scale) / (z + scale)."""
    t = grid(-1.0, (13.1 - scale) / (13.1 + scale))
    y = on(lambda v: (lambda z: mp.erfc(z / mp.sqrt(2)) / 2 * mp.exp(z * z / 2))(scale * (1 + v) / (1 - v)), t)
    show(f"normal tail, scale {scale}, degree {degree}", range(degree + 1), t, y, 1 / y)


if __name__ == "__main__":
    fit_exp()
    fit_ln(8)
    fit_atanh(3)
    fit_erf(0.6, 4, 6)
    fit_normal(3.0, 9)
