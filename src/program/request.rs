//! The requests of a program: operations and parameters by the names that the API has for them.
//!
//! A parameter whose text is no value of its type is sent as it is and refused by the region, as
//! the API does; a name that the API does not have is a mistake of the program.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::ecs::id::{InstanceId, TypeId, ZoneId};
use crate::ecs::instance::{Status, StoppedMode};
use crate::ecs::operation::{
    BatchOptimization, DeleteInstance, DescribeAvailableResource, DescribeInstanceStatus,
    DescribeInstances, Force, Ids, Operation, OperationName, PAGE_SIZE_DEFAULT, Parameter,
    ReActivateInstances, RebootInstance, RebootInstances, Removal, StartInstance, StartInstances,
    StopInstance, StopInstances, Target,
};
use crate::ecs::spec::RegionSpec;

/// Why there is no such request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unusable {
    pub(super) why: String,
    pub(super) hint: Option<String>,
}

impl Unusable {
    pub(super) fn new(why: impl Into<String>, hint: impl Into<String>) -> Unusable {
        Unusable { why: why.into(), hint: Some(hint.into()) }
    }
}

/// The operations that a program may ask for.
const OPERATIONS: [OperationName; 11] = [
    OperationName::StopInstance,
    OperationName::StartInstance,
    OperationName::RebootInstance,
    OperationName::DeleteInstance,
    OperationName::ReActivateInstances,
    OperationName::StopInstances,
    OperationName::StartInstances,
    OperationName::RebootInstances,
    OperationName::DescribeInstanceStatus,
    OperationName::DescribeInstances,
    OperationName::DescribeAvailableResource,
];

/// The instances that a program may name, and the region that they are in.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) instances: &'a BTreeMap<String, InstanceId>,
    pub(super) region: &'a RegionSpec,
}

impl Known<'_> {
    /// The instance of a name.
    pub(super) fn instance(self, name: &str) -> Result<InstanceId, Unusable> {
        self.instances.get(name).copied().ok_or_else(|| {
            let mut some: Vec<&str> = self.instances.keys().take(4).map(String::as_str).collect();
            if self.instances.len() > some.len() {
                some.push("…");
            }
            let why = format!("`{name}` is none of the controller's instances");
            Unusable::new(why, format!("its instances are {}", some.join(", ")))
        })
    }
}

/// A request, from an operation's name and its parameters.
pub(super) fn operation(
    known: Known<'_>,
    name: &str,
    parameters: BTreeMap<String, Value>,
) -> Result<Operation, Unusable> {
    let known_name = OPERATIONS.iter().find(|operation| operation.name() == name);
    let Some(operation) = known_name else {
        let names: Vec<&str> = OPERATIONS.iter().map(|operation| operation.name()).collect();
        let why = format!("`{name}` is no operation that a program may send");
        return Err(Unusable::new(why, format!("it may send {}", names.join(", "))));
    };
    let mut given = Given { known, parameters, taken: Vec::new(), malformed: None };
    let request = given.request(*operation)?;
    match given.parameters.keys().next() {
        None => Ok(request),
        Some(other) => {
            let why = format!("{name} has no parameter `{other}`");
            Err(Unusable::new(why, format!("it takes {}", given.taken.join(", "))))
        }
    }
}

/// The parameters that were not taken yet.
struct Given<'a> {
    known: Known<'a>,
    parameters: BTreeMap<String, Value>,
    taken: Vec<&'static str>,
    malformed: Option<Parameter>,
}

impl Given<'_> {
    fn request(&mut self, operation: OperationName) -> Result<Operation, Unusable> {
        Ok(match operation {
            OperationName::StopInstance => {
                let instance = self.target()?;
                Operation::StopInstance(StopInstance {
                    instance,
                    confirm_stop: self.flag("ConfirmStop", Parameter::ConfirmStop),
                    force: self.force("ForceStop"),
                    mode: self.mode(),
                    dry_run: self.dry_run(),
                    hibernate: self.flag("Hibernate", Parameter::Hibernate),
                    malformed: self.malformed,
                })
            }
            OperationName::StartInstance => Operation::StartInstance(StartInstance {
                instance: self.target()?,
                init_local_disk: self.flag("InitLocalDisk", Parameter::InitLocalDisk),
                dry_run: self.dry_run(),
                malformed: self.malformed,
            }),
            OperationName::RebootInstance => Operation::RebootInstance(RebootInstance {
                instance: self.target()?,
                force: self.force("ForceStop"),
                dry_run: self.dry_run(),
                malformed: self.malformed,
            }),
            OperationName::DeleteInstance => Operation::DeleteInstance(DeleteInstance {
                instance: self.target()?,
                removal: self.removal(),
                terminate_subscription: self
                    .flag("TerminateSubscription", Parameter::TerminateSubscription),
                dry_run: self.dry_run(),
                malformed: self.malformed,
            }),
            OperationName::ReActivateInstances => {
                Operation::ReActivateInstances(ReActivateInstances { instance: self.target()? })
            }
            OperationName::StopInstances => Operation::StopInstances(StopInstances {
                instances: self.targets()?,
                force: self.force("ForceStop"),
                mode: self.mode(),
                optimization: self.optimization()?,
                dry_run: self.dry_run(),
                malformed: self.malformed,
            }),
            OperationName::StartInstances => Operation::StartInstances(StartInstances {
                instances: self.targets()?,
                optimization: self.optimization()?,
                dry_run: self.dry_run(),
                malformed: self.malformed,
            }),
            OperationName::RebootInstances => Operation::RebootInstances(RebootInstances {
                instances: self.targets()?,
                force: self.force("ForceReboot"),
                optimization: self.optimization()?,
                dry_run: self.dry_run(),
                malformed: self.malformed,
            }),
            OperationName::DescribeInstanceStatus
            | OperationName::DescribeInstances
            | OperationName::DescribeAvailableResource => self.read(operation)?,
            OperationName::RunInstances | OperationName::ModifyInstanceSpec => {
                unreachable!("a program cannot send it")
            }
        })
    }

    fn read(&mut self, operation: OperationName) -> Result<Operation, Unusable> {
        if operation == OperationName::DescribeInstanceStatus {
            return Ok(Operation::DescribeInstanceStatus(DescribeInstanceStatus {
                ids: self.ids("InstanceId")?,
                zone: self.zone()?,
                page_number: self.number("PageNumber", 1)?,
                page_size: self.number("PageSize", PAGE_SIZE_DEFAULT)?,
            }));
        }
        if operation == OperationName::DescribeInstances {
            return Ok(Operation::DescribeInstances(DescribeInstances {
                ids: self.ids("InstanceIds")?,
                status: self.status()?,
                max_results: self.number("MaxResults", PAGE_SIZE_DEFAULT)?,
                next_token: self.number("NextToken", 0)?,
            }));
        }
        Ok(Operation::DescribeAvailableResource(DescribeAvailableResource {
            zone: self.zone()?,
            instance_type: self.instance_type()?,
        }))
    }

    fn take(&mut self, name: &'static str) -> Option<Value> {
        self.taken.push(name);
        self.parameters.remove(name)
    }

    fn text(&mut self, name: &'static str) -> Result<Option<String>, Unusable> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(wrong(name, &other, "a string")),
        }
    }

    /// `InstanceId` of one instance; without it, the API says what is missing.
    fn target(&mut self) -> Result<Target, Unusable> {
        match self.text("InstanceId")? {
            None => Ok(Target::Missing),
            Some(name) => self.known.instance(&name).map(Target::Id),
        }
    }

    fn targets(&mut self) -> Result<Vec<Target>, Unusable> {
        Ok(self.listed("InstanceId")?.into_iter().map(Target::Id).collect())
    }

    fn listed(&mut self, name: &'static str) -> Result<Vec<InstanceId>, Unusable> {
        let expected = "the name of an instance or a list of such names";
        let names = match self.take(name) {
            None => vec![],
            Some(Value::Array(names)) => names,
            Some(one) => vec![one],
        };
        let id = |value: Value| match value.as_str() {
            Some(one) => self.known.instance(one),
            None => Err(wrong(name, &value, expected)),
        };
        names.into_iter().map(id).collect()
    }

    fn ids(&mut self, name: &'static str) -> Result<Ids, Unusable> {
        Ok(match self.listed(name)?.as_slice() {
            [] => Ids::All,
            [one] => Ids::One(*one),
            several => Ids::Listed(several.to_vec()),
        })
    }

    fn bool(&mut self, name: &'static str, parameter: Parameter) -> Option<bool> {
        let value = self.take(name)?;
        let read = value.as_bool().or_else(|| value.as_str().and_then(|text| text.parse().ok()));
        if read.is_none() {
            self.malformed = self.malformed.or(Some(parameter));
        }
        read
    }

    fn flag(&mut self, name: &'static str, parameter: Parameter) -> bool {
        self.bool(name, parameter).unwrap_or(false)
    }

    fn dry_run(&mut self) -> bool {
        self.flag("DryRun", Parameter::DryRun)
    }

    fn force(&mut self, name: &'static str) -> Force {
        if self.flag(name, Parameter::ForceStop) { Force::PowerOff } else { Force::ShutDown }
    }

    /// `Force` and `ForceStop` of a deletion; with the first alone the power is cut.
    fn removal(&mut self) -> Removal {
        let force = self.flag("Force", Parameter::Force);
        let cuts = self.bool("ForceStop", Parameter::ForceStop).unwrap_or(true);
        match (force, cuts) {
            (false, _) => Removal::StoppedOnly,
            (true, false) => Removal::ShutDown,
            (true, true) => Removal::PowerOff,
        }
    }

    fn mode(&mut self) -> Option<StoppedMode> {
        let value = self.take("StoppedMode")?;
        let modes = StoppedMode::ALL.iter().copied();
        let mode = { modes }.find(|mode| value.as_str() == Some(mode.name()));
        if mode.is_none() {
            self.malformed = self.malformed.or(Some(Parameter::StoppedMode));
        }
        mode
    }

    fn optimization(&mut self) -> Result<BatchOptimization, Unusable> {
        let all = [BatchOptimization::AllTogether, BatchOptimization::SuccessFirst];
        let names = all.map(BatchOptimization::name);
        let place = self.one_of("BatchOptimization", &names)?;
        Ok(place.map_or(BatchOptimization::AllTogether, |place| all[place]))
    }

    fn status(&mut self) -> Result<Option<Status>, Unusable> {
        let all =
            [Status::Pending, Status::Starting, Status::Running, Status::Stopping, Status::Stopped];
        let place = self.one_of("Status", &all.map(Status::name))?;
        Ok(place.map(|place| all[place]))
    }

    fn zone(&mut self) -> Result<Option<ZoneId>, Unusable> {
        let names: Vec<&str> = self.known.region.zones.iter().map(String::as_str).collect();
        Ok(self.one_of("ZoneId", &names)?.map(ZoneId::at))
    }

    fn instance_type(&mut self) -> Result<Option<TypeId>, Unusable> {
        let types = &self.known.region.types;
        let names: Vec<&str> = types.iter().map(|known| known.name.as_str()).collect();
        Ok(self.one_of("InstanceType", &names)?.map(TypeId::at))
    }

    /// Which of these names a parameter has.
    fn one_of(&mut self, name: &'static str, names: &[&str]) -> Result<Option<usize>, Unusable> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let place = names.iter().position(|known| value.as_str() == Some(*known));
        place.map(Some).ok_or_else(|| wrong(name, &value, &format!("one of {}", names.join(", "))))
    }

    /// A whole number, also as text.
    fn number(&mut self, name: &'static str, default: u32) -> Result<u32, Unusable> {
        let Some(value) = self.take(name) else { return Ok(default) };
        let read = match value.as_str() {
            Some("") => Some(default),
            Some(text) => text.parse().ok(),
            None => value.as_u64().and_then(|number| u32::try_from(number).ok()),
        };
        read.ok_or_else(|| wrong(name, &value, "a whole number"))
    }
}

fn wrong(name: &str, value: &Value, expected: &str) -> Unusable {
    Unusable::new(format!("`{name}` is {value}"), format!("expected {expected}"))
}

#[cfg(test)]
mod tests;
