//! Quantiles at hand: a formula's spans from a table of polynomials, with the formula's own bits.
//!
//! A log-normal span costs a rational approximation and an `exp`, every step of which waits for
//! the one before. The table answers in a third of that time, to within a known error; where the
//! error leaves open which whole microsecond is meant, it does not answer, and the formula decides.
//! So what is sampled is the formula's, to the last microsecond.

/// The probability's shorter tail picks a cell: its octave (2⁻², 2⁻³, …) and the eighth of it.
const OCTAVES: usize = 8;
const EIGHTHS: usize = 8;
const CELLS_A_SIDE: usize = OCTAVES * EIGHTHS;
/// Terms of a polynomial: with its eight, a cell is one line of the cache.
const TERMS: usize = 8;

/// Where the exponent and an eighth of an octave end in the bits of a double.
const CELL_SHIFT: u32 = 49;
const WITHIN_CELL: u64 = (1 << CELL_SHIFT) - 1;
/// The first cell's bits, of a tail of 2⁻⁽ᴼᶜᵀᴬⱽᴱˢ⁺¹⁾; shorter tails have no cell.
const FIRST_CELL: u64 = (1_023 - (OCTAVES as u64 + 1)) << (52 - CELL_SHIFT);

/// How many times the deviation that was seen is allowed for: it is nearly the polynomial of
/// Chebyshev that the first term left out is, and was looked for at that one's extremes.
const ALLOWED: f64 = 8.0;
/// What rounding makes of a value, here and in the formula, is far below this share of it.
const ROUNDING: f64 = 1.0 / (1u64 << 44) as f64;
/// A table whose error is larger would leave most questions open.
const WORTHWHILE: f64 = 1.0 / 16.0;

/// Polynomials near one formula's quantiles, in µs.
pub(super) struct Quantiles {
    cells: Box<[Cell]>,
    /// No value is further off.
    error: f64,
}

/// Coefficients over −1 ..= 1, the constant term first.
#[repr(align(64))]
struct Cell([f64; TERMS]);

/// Where a cell's polynomial meets the formula, and how one is made from the values there.
struct Nodes {
    at: [f64; TERMS],
    /// For each node the polynomial that is one there and zero at the others (Lagrange's).
    basis: [[f64; TERMS]; TERMS],
    /// Where it is furthest off.
    extremes: [f64; TERMS + 1],
}

impl Quantiles {
    /// The table of a smooth formula from probability to µs; none where spans are so long that it
    /// would leave most of them open.
    pub(super) fn of(formula: impl Fn(f64) -> f64) -> Option<Quantiles> {
        let nodes = Nodes::new();
        let mut cells = Vec::with_capacity(2 * CELLS_A_SIDE);
        let (mut deviation, mut largest) = (0f64, 0f64);
        for upper in [false, true] {
            for cell in 0..CELLS_A_SIDE as u64 {
                let bits = (FIRST_CELL + cell) << CELL_SHIFT;
                let (low, high) = (f64::from_bits(bits), f64::from_bits(bits + WITHIN_CELL + 1));
                let value = |t: f64| {
                    let tail = low + (high - low) * (t + 1.0) / 2.0;
                    formula(if upper { 1.0 - tail } else { tail })
                };
                let fitted = nodes.through(nodes.at.map(value));
                for t in nodes.extremes {
                    let exact = value(t);
                    deviation = deviation.max((fitted.at(t) - exact).abs());
                    largest = largest.max(exact);
                }
                cells.push(fitted);
            }
        }
        let error = ALLOWED * deviation + ROUNDING * largest;
        (error <= WORTHWHILE).then(|| Quantiles { cells: cells.into_boxed_slice(), error })
    }

    /// The whole µs nearest to the formula's value at `p`, halves up, if that is beyond doubt.
    pub(super) fn nearest(&self, p: f64) -> Option<u64> {
        let near = self.at(p)?;
        let whole = (near + 0.5) as u64;
        ((near - whole as f64).abs() < 0.5 - self.error).then_some(whole)
    }

    /// How far off the value at `p` is, as a share of the error that is allowed for.
    #[cfg(test)]
    pub(super) fn off_by(&self, p: f64, exact: f64) -> Option<f64> {
        self.at(p).map(|near| (near - exact).abs() / self.error)
    }

    fn at(&self, p: f64) -> Option<f64> {
        let bits = p.min(1.0 - p).to_bits();
        let side = usize::from(p > 0.5) * CELLS_A_SIDE;
        let place = usize::try_from((bits >> CELL_SHIFT).checked_sub(FIRST_CELL)?).ok()?;
        // From one eighth of an octave to −1 ..= 1; every step is exact.
        let from_one = f64::from_bits(1f64.to_bits() | (bits & WITHIN_CELL));
        let t = (from_one - 1.0) * 16.0 - 1.0;
        Some(self.cells.get(side + place)?.at(t))
    }
}

impl Cell {
    /// The value at `t`, in pairs that do not wait for one another.
    fn at(&self, t: f64) -> f64 {
        let [c0, c1, c2, c3, c4, c5, c6, c7] = self.0;
        let square = t * t;
        let low = (c0 + c1 * t) + (c2 + c3 * t) * square;
        let high = (c4 + c5 * t) + (c6 + c7 * t) * square;
        low + high * (square * square)
    }
}

impl Nodes {
    /// The zeros of Chebyshev's polynomial of the degree that the cells' lack, and its extremes.
    fn new() -> Nodes {
        let cos = |turn: f64| libm::cos(std::f64::consts::PI * turn / TERMS as f64);
        let at: [f64; TERMS] = std::array::from_fn(|n| cos(n as f64 + 0.5));
        let basis = std::array::from_fn(|one| {
            let mut polynomial = [0.0; TERMS];
            polynomial[0] = 1.0;
            for zero in (0..TERMS).filter(|zero| *zero != one) {
                // Times (t − zero) / (one − zero).
                for power in (0..TERMS).rev() {
                    let raised = if power == 0 { 0.0 } else { polynomial[power - 1] };
                    let product = raised - at[zero] * polynomial[power];
                    polynomial[power] = product / (at[one] - at[zero]);
                }
            }
            polynomial
        });
        Nodes { at, basis, extremes: std::array::from_fn(|n| cos(n as f64)) }
    }

    /// The polynomial with these values at the nodes.
    fn through(&self, values: [f64; TERMS]) -> Cell {
        let term = |power: usize| {
            values.iter().zip(&self.basis).map(|(value, basis)| value * basis[power]).sum()
        };
        Cell(std::array::from_fn(term))
    }
}
