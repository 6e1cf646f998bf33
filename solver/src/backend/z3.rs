//! Z3: the only file of the workspace that uses the `z3` crate.

/// Returns the version of the Z3 library in use: major, minor, patch. `None` if it does not state one in that form.
pub fn version() -> Option<(u32, u32, u32)> {
    // `Z3 5.3.3.0`: the fourth number counts builds of one release.
    let text = z3::full_version().trim_start_matches("Z3 ");
    let mut numbers = text.split(['.', ' ']).map(str::parse);
    match (numbers.next()?, numbers.next()?, numbers.next()?) {
        (Ok(major), Ok(minor), Ok(patch)) => Some((major, minor, patch)),
        (Err(_), _, _) | (_, Err(_), _) | (_, _, Err(_)) => None,
    }
}

#[cfg(test)]
mod tests {
    use z3::ast::Int;
    use z3::{SatResult, Solver};

    #[test]
    fn a_small_question_is_decided_both_ways() {
        let solver = Solver::new();
        let number = Int::new_const("number");
        solver.assert(number.gt(2));
        solver.assert(number.lt(4));
        assert_eq!(solver.check(), SatResult::Sat);
        let model = solver.get_model().unwrap();
        assert_eq!(model.eval(&number, true).unwrap().as_i64(), Some(3));
        solver.assert(number.ne(3));
        assert_eq!(solver.check(), SatResult::Unsat);
    }
}
