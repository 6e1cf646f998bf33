//! `ringfence compare` of a world with what a plan makes of it.

use ringfence_infrastructure::bounds::Bound;

use super::{concluded, pins};
use crate::args::CompareArguments;
use crate::command::CommandError;
use crate::command::check::{points, values};
use crate::command::planned::Source;
use crate::exit::ExitStatus;
use crate::files::{Remembered, System};
use crate::input::{self, Place};

/// Compares the world with the plan of `arguments`, for every value of what is unknown in it, and writes the answer.
///
/// # Errors
/// When something cannot be read or used, with everything that is wrong.
pub(super) fn run(arguments: &CompareArguments) -> Result<ExitStatus, CommandError> {
    if arguments.policy_type.is_some() || arguments.organization.is_some() || !arguments.old.is_dir() {
        return Err(CommandError::usage(
            "NEW is a plan, which is compared with a world",
            "give the directory of the world before the plan as OLD, and leave --policy-type and --organization out",
        ));
    }
    let pins = pins(&points(&arguments.assume))?;
    let old_place = Place::Directory(arguments.old.clone());
    let account = arguments.account.map(|account| account.to_string());
    let source = Source {
        plan: &arguments.new,
        world: Some(&arguments.old),
        account: account.as_deref(),
        ignored: &arguments.ignore,
        values: values(&arguments.assume),
        before: false,
    };
    let config = arguments.config.clone().or_else(|| old_place.configuration_file(&System));
    let once = Remembered::new(&System);
    let sides = source.read(config.as_deref(), &once)?;
    let of_widest = sides.narrowest.is_some().then_some(Bound::Widest);
    let (place, files) = source.world(of_widest, sides.widest.clone(), &once);
    let (tables, mut new, configured) =
        input::everything(&place, &arguments.tables, config.as_deref(), &files)
            .map_err(CommandError::Input)?;
    sides.go_with(&configured.configuration)?;
    let managed = Some(tables.managed_policies.get());
    let old = old_place.read(managed, &once)?;
    let narrowest = match &sides.narrowest {
        Some(narrowest) => {
            let (place, files) = source.world(Some(Bound::Narrowest), narrowest.clone(), &once);
            Some(place.read(managed, &files)?)
        }
        None => None,
    };
    // The files that were read, and not those that were made of them.
    new.inputs.clone_from(&sides.inputs);
    let notes = source.notes(&sides);
    concluded(arguments, (old, new, narrowest.as_ref()), (&tables, configured, &pins), notes)
}
