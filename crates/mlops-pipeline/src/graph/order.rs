//! The order of the calls: each after all that it needs, and otherwise as it was wired.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::{Call, CallInput, GraphOutput};

/// Numbers the calls anew, after conditions were added to calls that were wired before their flags.
pub(super) fn after_what_it_needs(calls: Vec<Call>, outputs: &mut [GraphOutput]) -> Vec<Call> {
    let mut waiting = vec![0_usize; calls.len()];
    let mut dependents = vec![Vec::new(); calls.len()];
    let mut is_ordered = true;
    for (index, call) in calls.iter().enumerate() {
        let mut needs = |needed: usize| {
            waiting[index] += 1;
            dependents[needed].push(index);
            is_ordered &= needed < index;
        };
        for input in &call.inputs {
            input.outputs(&mut |call, _| needs(call));
        }
        call.conditions.iter().for_each(|(flag, _)| needs(*flag));
    }
    if is_ordered {
        return calls;
    }
    let mut ready: BinaryHeap<_> = (0..calls.len())
        .filter(|index| waiting[*index] == 0)
        .map(Reverse)
        .collect();
    let mut places = vec![usize::MAX; calls.len()];
    let mut place = 0;
    while let Some(Reverse(index)) = ready.pop() {
        places[index] = place;
        place += 1;
        for dependent in &dependents[index] {
            waiting[*dependent] -= 1;
            if waiting[*dependent] == 0 {
                ready.push(Reverse(*dependent));
            }
        }
    }
    // A call never inherits a flag that rests on it, so no circle can be closed.
    debug_assert_eq!(place, calls.len());
    let mut ordered: Vec<(usize, Call)> = places.iter().copied().zip(calls).collect();
    ordered.sort_by_key(|(place, _)| *place);
    for output in outputs {
        output.call = places[output.call];
    }
    let renumber = |(_, mut call): (usize, Call)| {
        call.inputs
            .iter_mut()
            .for_each(|input| renumber(input, &places));
        for (flag, _) in &mut call.conditions {
            *flag = places[*flag];
        }
        call
    };
    ordered.into_iter().map(renumber).collect()
}

fn renumber(input: &mut CallInput, places: &[usize]) {
    match input {
        CallInput::Output { call, .. } => *call = places[*call],
        CallInput::Parameter(_) => {}
        CallInput::Many(items) => items.iter_mut().for_each(|item| renumber(item, places)),
    }
}
