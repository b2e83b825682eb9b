//! Claims about exact sums: any order, any splitting, any size, and nothing is lost.

use proptest::prelude::*;

use super::*;

fn any_finite() -> impl Strategy<Value = f64> {
    any::<u64>()
        .prop_map(f64::from_bits)
        .prop_filter("finite", |value| value.is_finite())
}

fn summed(values: &[f64]) -> f64 {
    let mut sum = ExactSum::default();
    values.iter().for_each(|value| sum.add(*value));
    sum.value()
}

#[test]
fn what_rounding_would_lose_is_kept() {
    assert_eq!(summed(&[1e100, 1.0, -1e100]), 1.0);
    assert_eq!(summed(&[0.1; 10]), 1.0);
    assert_eq!(summed(&[1e16, 1.0, 1.0]), 1e16 + 2.0);
    assert_eq!(summed(&[f64::MAX, f64::MAX, -f64::MAX]), f64::MAX);
    assert_eq!(summed(&[f64::MAX, f64::MAX]), f64::INFINITY);
    assert_eq!(summed(&[5e-324, 5e-324]), 1e-323);
    assert!(summed(&[f64::INFINITY, f64::NEG_INFINITY]).is_nan());
    // A tie goes to the even neighbour, and the smallest excess breaks it.
    let half = 2f64.powi(-53);
    assert_eq!(summed(&[1.0, half]), 1.0);
    assert_eq!(summed(&[1.0, half, 5e-324]), 1.0 + 2.0 * half);
}

#[test]
fn integers_of_128_bits_have_squares_and_can_be_taken_back() {
    let large = [i128::MIN, i128::MAX, 1 << 100, -(1 << 64), 3];
    let mut moments = Moments::default();
    large.iter().for_each(|value| moments.add_integer(*value));
    let mean = large.iter().map(|value| *value as f64).sum::<f64>() / 5.0;
    let squares = large.iter().map(|value| (*value as f64 - mean).powi(2));
    let expected = squares.sum::<f64>() / 4.0;
    assert!((moments.variance().unwrap() / expected - 1.0).abs() < 1e-12);
    moments.add_integer(7);
    moments.add_integer(9);
    large
        .iter()
        .for_each(|value| moments.remove_integer(*value));
    assert_eq!((moments.sum(), moments.variance()), (16.0, Some(2.0)));
}

#[test]
fn what_is_taken_back_may_come_later() {
    let mut moments = Moments::default();
    for value in [f64::INFINITY, f64::NEG_INFINITY, 2.0] {
        moments.remove(value);
    }
    moments.remove_integer(5);
    assert_eq!(
        (moments.count(), moments.mean(), moments.variance()),
        (0, None, None)
    );
    for value in [1.0, 2.0, 3.0, f64::NEG_INFINITY, f64::INFINITY] {
        moments.add(value);
    }
    moments.add_integer(5);
    assert_eq!((moments.count(), moments.mean()), (2, Some(2.0)));
    assert_eq!(moments.variance(), Some(2.0));
}

#[test]
fn the_variance_of_large_numbers_that_differ_little_has_all_its_digits() {
    let mut moments = Moments::default();
    for value in [1e9 + 4.0, 1e9 + 7.0, 1e9 + 13.0, 1e9 + 16.0] {
        moments.add(value);
    }
    assert_eq!(moments.variance(), Some(30.0));
    let mut integers = Moments::default();
    for value in [i64::MAX, i64::MAX - 1, i64::MAX - 2] {
        integers.add_integer(i128::from(value));
    }
    assert_eq!(integers.variance(), Some(1.0));
    let mut tiny = Moments::default();
    [1e-200, 3e-200]
        .into_iter()
        .for_each(|value| tiny.add(value));
    assert_eq!(tiny.variance(), Some(0.0));
    let mut large = Moments::default();
    [1e150, 3e150]
        .into_iter()
        .for_each(|value| large.add(value));
    assert!((large.variance().unwrap() / 2e300 - 1.0).abs() < 1e-15);
}

proptest! {
    #[test]
    fn a_sum_of_two_is_what_the_processor_says(a in any_finite(), b in any_finite()) {
        // IEEE addition is the exact sum, rounded once. The sign of zero is not kept.
        prop_assert_eq!(summed(&[a, b]) + 0.0, a + b + 0.0);
    }

    #[test]
    fn order_and_splits_do_not_matter(
        values in proptest::collection::vec(any_finite(), 0..60),
        cut in 0_usize..60,
        seed in any::<u64>(),
    ) {
        let mut whole = Moments::default();
        values.iter().for_each(|value| whole.add(*value));
        let mut at_once = Moments::default();
        at_once.add_all(&values);
        prop_assert_eq!(whole.sum().to_bits(), at_once.sum().to_bits());
        prop_assert_eq!(whole.variance().map(f64::to_bits), at_once.variance().map(f64::to_bits));
        let mut shuffled = values.clone();
        let length = shuffled.len();
        for place in 1..length {
            shuffled.swap(place, (seed as usize).wrapping_mul(place * 2 + 1) % (place + 1));
        }
        let (front, back) = shuffled.split_at(cut.min(length));
        let (mut one, mut two) = (Moments::default(), Moments::default());
        front.iter().for_each(|value| one.add(*value));
        back.iter().for_each(|value| two.add(*value));
        two.merge(&one);
        prop_assert_eq!(whole.sum().to_bits(), two.sum().to_bits());
        prop_assert_eq!(whole.variance().map(f64::to_bits), two.variance().map(f64::to_bits));
    }

    #[test]
    fn many_numbers_at_once_are_those_numbers_one_by_one(
        values in proptest::collection::vec(prop_oneof![
            any_finite(),
            -1e6_f64..1e6,
            Just(0.0), Just(-0.0), Just(f64::INFINITY), Just(f64::MAX), Just(5e-324), Just(f64::MIN_POSITIVE),
        ], 0..200),
        integers in proptest::collection::vec(prop_oneof![any::<i64>(), -1000_i64..1000, Just(i64::MIN)], 0..200),
        times in 1_usize..200,
    ) {
        let (values, integers) = (values.repeat(times), integers.repeat(times));
        let (mut one_by_one, mut at_once) = (Moments::default(), Moments::default());
        values.iter().for_each(|value| one_by_one.add(*value));
        at_once.add_all(&values);
        integers.iter().for_each(|value| one_by_one.add_integer(i128::from(*value)));
        at_once.add_integers(&integers);
        prop_assert_eq!(one_by_one.count, at_once.count);
        prop_assert_eq!(one_by_one.sum().to_bits(), at_once.sum().to_bits());
        prop_assert_eq!(one_by_one.variance().map(f64::to_bits), at_once.variance().map(f64::to_bits));
    }

    #[test]
    fn what_is_taken_back_has_never_been(
        kept in proptest::collection::vec(any_finite(), 0..20),
        removed in proptest::collection::vec(any::<u64>().prop_map(f64::from_bits).prop_filter("a number", |x| !x.is_nan()), 0..20),
    ) {
        let (mut moments, mut expected) = (Moments::default(), Moments::default());
        removed.iter().chain(&kept).for_each(|value| moments.add(*value));
        removed.iter().for_each(|value| moments.remove(*value));
        kept.iter().for_each(|value| expected.add(*value));
        prop_assert_eq!(moments.count(), expected.count());
        prop_assert_eq!(moments.sum().to_bits(), expected.sum().to_bits());
        prop_assert_eq!(moments.variance().map(f64::to_bits), expected.variance().map(f64::to_bits));
    }

    #[test]
    fn the_variance_is_that_of_whole_numbers(values in proptest::collection::vec(-1000_i64..1000, 2..40)) {
        let count = values.len() as i64;
        let (sum, squares) = values.iter().fold((0, 0), |(sum, squares), x| (sum + x, squares + x * x));
        let expected = (count * squares - sum * sum) as f64 / count as f64 / (count - 1) as f64;
        let mut doubles = Moments::default();
        let mut integers = Moments::default();
        for value in values {
            doubles.add(value as f64);
            integers.add_integer(i128::from(value));
        }
        prop_assert_eq!(doubles.variance(), Some(expected));
        prop_assert_eq!(integers.variance(), Some(expected));
    }
}
