//! Chance, seeded: the same seed throws the same.

/// A source of chance.
pub struct Dice(fastrand::Rng);

impl Dice {
    /// From a seed; neighbouring seeds have nothing in common.
    pub fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(
            (seed ^ 0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9),
        ))
    }

    /// Dice of their own, so that one more throw here changes nothing there.
    pub fn fork(&mut self) -> Self {
        Self(self.0.fork())
    }

    /// Whether something of this probability happens.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.0.f64() < probability
    }

    /// Any number between two, each as likely.
    pub fn between(&mut self, from: f64, to: f64) -> f64 {
        from + (to - from) * self.0.f64()
    }

    /// Any magnitude between two, each as likely.
    pub fn magnitude(&mut self, from: f64, to: f64) -> f64 {
        self.between(from.ln(), to.ln()).exp()
    }

    /// A whole number from one to another, both among them.
    pub fn count(&mut self, from: usize, to: usize) -> usize {
        self.0.usize(from..=to.max(from))
    }

    /// One of a few.
    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.0.usize(..of.len())]
    }

    /// One of a few, each with its weight.
    pub fn weighed<T: Copy>(&mut self, of: &[(T, f64)]) -> T {
        let mut left = self.0.f64() * of.iter().map(|o| o.1).sum::<f64>();
        let chosen = of.iter().find(|o| {
            left -= o.1;
            left < 0.0
        });
        chosen.unwrap_or(&of[of.len() - 1]).0
    }

    /// Around 0 with spread 1: the sum of four even throws, near enough to the bell.
    pub fn bell(&mut self) -> f64 {
        let sum: f64 = (0..4).map(|_| self.0.f64()).sum();
        (sum - 2.0) * 3f64.sqrt()
    }

    /// How many happen where so many are expected.
    pub fn happen(&mut self, expected: f64) -> f64 {
        if expected > 30.0 {
            return (expected + expected.sqrt() * self.bell()).round().max(0.0);
        }
        let (least, mut product, mut count) = ((-expected).exp(), self.0.f64(), 0.0);
        while product > least {
            product *= self.0.f64();
            count += 1.0;
        }
        count
    }

    /// How many of `all` turn out so, each with this probability.
    pub fn of_all(&mut self, all: f64, probability: f64) -> f64 {
        let rare = probability.min(1.0 - probability);
        let some = if all < 30.0 {
            (0..all as usize).filter(|_| self.chance(rare)).count() as f64
        } else if all * rare < 30.0 {
            self.happen(all * rare).min(all)
        } else {
            let spread = (all * rare * (1.0 - rare)).sqrt();
            (all * rare + spread * self.bell()).round().clamp(0.0, all)
        };
        if probability > 0.5 { all - some } else { some }
    }
}
