//! A small fleet to tell stories about: what is given, then what happens, step by step.
//!
//! The only helper that knows the region's API; a story is one line of words.

use std::sync::Arc;

use stopsim::ecs::answer::AvailableRow;
use stopsim::ecs::capacity::Placement;
use stopsim::ecs::condition::{Condition, Conditions};
use stopsim::ecs::id::{CallerId, GroupId, InstanceId, PoolId, TypeId, ZoneId};
use stopsim::ecs::instance::StoppedMode;
use stopsim::ecs::inventory::{PoolSpec, ShortageRule, StockSpec};
use stopsim::ecs::kind::FurtherType;
use stopsim::ecs::knob::Knobs;
use stopsim::ecs::meter::{Component, is_billed};
use stopsim::ecs::operation::{
    ClientToken, DeleteInstance, DescribeAvailableResource, DescribeInstanceStatus,
    DescribeInstances, Force, ModifyInstanceSpec, Operation, Parameter, ReActivateInstances,
    RebootInstance, Removal, RunInstances, StartInstance, StopInstance, Target, TypeTarget,
};
use stopsim::ecs::price::{Rates, invoice, total};
use stopsim::ecs::refusal::Refusal;
use stopsim::ecs::region::{Accepted, AddressReturn, Finished, Region, Work};
use stopsim::ecs::spec::{
    Beginning, Caller, ChargeType, Eligibility, GroupSpec, Initially, InstanceType, Network,
    PolicyEffect, PolicyStatement, PublicAddress, RegionSpec,
};
use stopsim::units::{SimDuration, SimTime};

/// What is given: a region of one group `web` with two running instances of 2 vCPUs each.
#[derive(Clone)]
pub struct Given(pub RegionSpec);

/// Two running pay-as-you-go instances in a VPC, on a pool with 10 vCPUs to spare.
pub fn given() -> Given {
    Given(RegionSpec {
        region_id: "cn-hangzhou".into(),
        account_id: "123".into(),
        zones: vec!["cn-hangzhou-i".into()],
        zone_regions: vec!["cn-hangzhou".into(); 1],
        types: vec![InstanceType {
            name: "ecs.g7.large".into(),
            family: "ecs.g7".into(),
            vcpus: 2,
            eligibility: Eligibility::AssumedEligible,
            withdrawn: false,
            burstable: false,
        }],
        groups: vec![group("web", 0, 2)],
        further: vec![].into(),
        pools: vec![PoolSpec {
            name: "g7".into(),
            zone: ZoneId(0),
            unit: "vCPU".into(),
            stock: StockSpec::Limited { free: 10 },
            low_stock_threshold: 0,
            short_together: None,
        }],
        capacities: Vec::new(),
        markets: Vec::new(),
        commitments: vec![],
        callers: vec![Caller { name: "ops".into(), policy: Vec::new() }],
        economical_default: false,
        knobs: Knobs::default(),
    })
}

/// A group of running instances of 2 vCPUs each.
pub fn group(name: &str, first: u32, count: u32) -> GroupSpec {
    GroupSpec {
        name: name.into(),
        first: InstanceId(first),
        count,
        reserve: 0,
        names: Vec::new(),
        zone: ZoneId(0),
        instance_type: TypeId(0),
        pool: Some(PoolId(0)),
        units: 2,
        charge: ChargeType::PayAsYouGo,
        network: Network::Vpc,
        public_address: PublicAddress::None,
        local_storage: false,
        persistent_memory: false,
        initially: Beginning::all(Initially::Running),
        conditions: Conditions::NONE,
        rates: Rates::default(),
        spot: None,
        placement: Placement::Public,
        unlimited_credits: false,
    }
}

impl Given {
    /// The group is otherwise.
    pub fn with(mut self, change: impl FnOnce(&mut GroupSpec)) -> Given {
        change(&mut self.0.groups[0]);
        self
    }

    /// Instances cost something.
    pub fn rates(self, rates: Rates) -> Given {
        self.with(|group| group.rates = rates)
    }

    /// There is this number of instances.
    pub fn count(self, count: u32) -> Given {
        self.with(|group| group.count = count)
    }

    /// So many of them are not there yet.
    pub fn reserve(self, reserve: u32) -> Given {
        self.with(|group| {
            group.count += reserve;
            group.reserve = reserve;
        })
    }

    pub fn pending(self) -> Given {
        self.with(|group| group.initially = Beginning::all(Initially::Pending))
    }

    pub fn subscription(self) -> Given {
        self.with(|group| group.charge = ChargeType::Subscription)
    }

    pub fn classic(self) -> Given {
        self.with(|group| group.network = Network::Classic)
    }

    pub fn local_storage(self) -> Given {
        self.with(|group| group.local_storage = true)
    }

    pub fn address(self, address: PublicAddress) -> Given {
        self.with(|group| group.public_address = address)
    }

    pub fn stopped(self, mode: StoppedMode) -> Given {
        self.with(|group| group.initially = Beginning::all(Initially::Stopped(mode)))
    }

    pub fn condition(self, condition: Condition) -> Given {
        self.with(|group| group.conditions = group.conditions.with(condition, true))
    }

    pub fn eligibility(mut self, eligibility: Eligibility) -> Given {
        self.0.types[0].eligibility = eligibility;
        self
    }

    /// Its instances can also be of two further types: `xlarge`, 4 vCPUs of the same pool, and
    /// `g6`, 2 vCPUs of a pool of its own with so many to spare; and what these cost.
    pub fn further(mut self, free: u64, rates: [Rates; 2]) -> Given {
        let kind = |name: &str, family: &str, vcpus| InstanceType {
            name: name.into(),
            family: family.into(),
            vcpus,
            eligibility: Eligibility::AssumedEligible,
            withdrawn: false,
            burstable: false,
        };
        self.0.types.push(kind("ecs.g7.xlarge", "ecs.g7", 4));
        self.0.types.push(kind("ecs.g6.large", "ecs.g6", 2));
        let stock = StockSpec::Limited { free };
        self.0.pools.push(PoolSpec { name: "g6".into(), stock, ..self.0.pools[0].clone() });
        let row = |instance_type, pool, units, rates| FurtherType {
            group: GroupId(0),
            instance_type: TypeId(instance_type),
            pool: Some(PoolId(pool)),
            units,
            rates,
        };
        self.0.further = vec![row(1, 0, 4, rates[0]), row(2, 1, 2, rates[1])].into();
        self
    }

    /// A type is no longer offered.
    pub fn withdrawn(mut self, place: usize) -> Given {
        self.0.types[place].withdrawn = true;
        self
    }

    /// So few free units are little.
    pub fn low_stock_threshold(mut self, units: u64) -> Given {
        self.0.pools.iter_mut().for_each(|pool| pool.low_stock_threshold = units);
        self
    }

    /// All pools are short together.
    pub fn short_together(mut self) -> Given {
        self.0.pools.iter_mut().for_each(|pool| pool.short_together = Some(0));
        self
    }

    pub fn stock(mut self, free: u64) -> Given {
        self.0.pools[0].stock = StockSpec::Limited { free };
        self
    }

    pub fn economical_default(mut self) -> Given {
        self.0.economical_default = true;
        self
    }

    pub fn knob(mut self, name: &str, value: &str) -> Given {
        self.0.knobs.set(name, value).unwrap();
        self
    }

    /// The caller's policy gets a statement.
    pub fn policy(mut self, effect: PolicyEffect, action: &str, resource: &str) -> Given {
        self.0.callers[0].policy.push(PolicyStatement {
            effect,
            actions: vec![action.into()],
            resources: vec![resource.into()],
        });
        self
    }
}

/// A region in which a story happens: a minute passes before each step, unless told otherwise.
pub struct Story {
    pub region: Region,
    pub pace: SimDuration,
    pub refused: Option<Refusal>,
    now: SimTime,
    works: Vec<Work>,
    heard: Vec<String>,
}

impl Story {
    pub fn new(given: Given) -> Story {
        let region = Region::new(Arc::new(given.0));
        let pace = SimDuration::from_mins(1);
        let (works, heard) = (Vec::new(), Vec::new());
        Story { region, pace, refused: None, now: SimTime::ZERO, works, heard }
    }

    /// Whether some work can be finished.
    pub fn has_work(&self) -> bool {
        !self.works.is_empty()
    }

    /// Takes every step of `story` and returns what was heard.
    pub fn tell(&mut self, story: &str) -> String {
        for step in story.split('|') {
            self.now = self.now + self.pace;
            if let Some(heard) = self.step(step.trim()) {
                self.heard.push(heard);
            }
            self.region.check(self.now);
        }
        std::mem::take(&mut self.heard).join(" | ")
    }

    fn step(&mut self, step: &str) -> Option<String> {
        let mut words = step.split_whitespace().peekable();
        let verb = words.next().expect("a step has a verb");
        let number = words.peek().and_then(|word| word.parse::<u32>().ok());
        if number.is_some() {
            words.next();
        }
        let id = InstanceId(number.unwrap_or(1) - 1);
        let options: Vec<&str> = words.collect();
        match verb {
            "stop" => Some(self.call(&Operation::StopInstance(stop(id, &options)))),
            "start" => Some(self.call(&Operation::StartInstance(start(id, &options)))),
            "sold_out" => {
                self.region.inventory_mut().set_sold_out(PoolId(0), true);
                None
            }
            "finish" => Some(self.finish(options == ["same"])),
            "hang" => Some(self.power_off_hung()),
            "shutdown" => {
                let was_running = self.region.guest_shutdown(self.now, id);
                Some(if was_running { "down".into() } else { "not running".into() })
            }
            "wait" => {
                self.now = self.now + options[0].parse().unwrap();
                None
            }
            "warm" => {
                self.region.restart_meters(self.now);
                None
            }
            "created" => {
                self.region.created(self.now, id);
                None
            }
            "default" => {
                self.region.set_economical_default(options == ["on"]);
                None
            }
            "set" | "clear" => {
                let condition = Condition::from_name(options[0]).expect("a known condition");
                self.region.set_condition(id, condition, verb == "set");
                None
            }
            "others" => {
                let units = u64::from(number.unwrap());
                let pools = self.region.inventory_mut();
                let arrival = pools.others_arrive(PoolId(0), 0, units, ShortageRule::Lost);
                Some(format!("others {arrival:?}"))
            }
            "depart" => {
                let units = u64::from(number.unwrap());
                self.region.inventory_mut().others_depart(PoolId(0), units);
                None
            }
            "state?" => Some(self.region.state(id).to_string()),
            "stock?" => {
                let stock = self.region.inventory().stock(PoolId(0)).unwrap();
                Some(format!("free {} ours {}", stock.free, stock.ours))
            }
            "invoice?" => Some(self.invoice()),
            "billed?" => Some(self.billed(id)),
            "status?" => {
                Some(self.call(&Operation::DescribeInstanceStatus(DescribeInstanceStatus::of(id))))
            }
            "describe?" => {
                Some(self.call(&Operation::DescribeInstances(DescribeInstances::of(id))))
            }
            verb => Some(self.types_step(verb, id, &options)),
        }
    }

    /// Steps about types and all pools.
    fn types_step(&mut self, verb: &str, id: InstanceId, options: &[&str]) -> String {
        match verb {
            "change" => self.call(&Operation::ModifyInstanceSpec(change(id, options))),
            "available?" => {
                let zone = options.contains(&"elsewhere").then_some(ZoneId(9));
                let look = DescribeAvailableResource { zone, instance_type: None };
                self.call(&Operation::DescribeAvailableResource(look))
            }
            "type?" => self.type_of(id),
            "stocks?" => {
                let pools = (0..self.region.inventory().pool_count()).map(PoolId::at);
                let stocks = pools.filter_map(|pool| self.region.inventory().stock(pool));
                let told = stocks.map(|stock| format!("{}/{}", stock.free, stock.ours));
                told.collect::<Vec<_>>().join(" ")
            }
            other => self.call(&lifecycle(other, id, options)),
        }
    }

    /// The answer to a request, in words.
    pub fn call(&mut self, operation: &Operation) -> String {
        match self.answer(operation) {
            Ok(Accepted::Stop(stop)) => {
                self.works.push(stop.work);
                let mut words = vec![self.region.state(stop.work.instance).to_string()];
                words.extend(stop.relied_on_default().then(|| "by default".into()));
                words.extend(stop.downgraded.map(|why| format!("downgraded: {}", why.name())));
                words.extend(stop.data_lost.then(|| "data lost".into()));
                words.join(", ")
            }
            Ok(Accepted::Start(work)) => {
                self.works.push(work);
                self.region.state(work.instance).to_string()
            }
            Ok(Accepted::Reboot(work) | Accepted::Reactivate(work)) => {
                self.works.push(work);
                self.region.state(work.instance).to_string()
            }
            Ok(Accepted::Delete(gone)) => {
                self.works.extend(gone.work);
                let mut words = vec![self.region.state(gone.instance).to_string()];
                words.extend(gone.released.map(|(_, units)| format!("releases {units}")));
                words.extend(gone.data_lost.then(|| "data lost".into()));
                words.join(", ")
            }
            Ok(Accepted::Run(run)) => {
                self.works.extend(run.work);
                let again = if run.work.is_none() { ", as before" } else { "" };
                format!("{} {}{again}", run.instance, self.region.state(run.instance))
            }
            Ok(Accepted::Statuses(page)) => match page.rows.first() {
                Some(row) => row.status.to_string(),
                None => "nothing".into(),
            },
            Ok(Accepted::Change(change)) => match change.work {
                Some(work) => {
                    self.works.push(work);
                    self.type_of(work.instance)
                }
                None => "done before".into(),
            },
            Ok(Accepted::Available(rows)) => {
                let types = &self.region.spec().types;
                let name = |row: &AvailableRow| {
                    let name = types[row.instance_type.index()].name.trim_start_matches("ecs.");
                    format!("{name} {}", row.category.name())
                };
                rows.iter().map(name).collect::<Vec<_>>().join(", ")
            }
            Ok(Accepted::Instances(page)) => {
                let Some(row) = page.rows.first() else { return "nothing".into() };
                let seen = row.described;
                let mut words = vec![format!("{} {}", seen.status, seen.stopped_mode.name())];
                words.extend(seen.addresses.static_public.map(|n| format!("static #{n}")));
                words.extend(seen.addresses.eip.then(|| "eip".into()));
                words.push(format!("private of {}", seen.addresses.private));
                words.extend(seen.locks.security.then(|| "locked: security".into()));
                words.extend(seen.locks.financial.then(|| "locked: financial".into()));
                words.extend(seen.locks.recycling.then(|| "locked: recycling".into()));
                words.join(", ")
            }
            Ok(batch @ (Accepted::Stops(_) | Accepted::Starts(_) | Accepted::Reboots(_))) => {
                panic!("no story asks for a batch: {batch:?}")
            }
            Err(refusal) => {
                self.refused = Some(refusal);
                refusal.to_string()
            }
        }
    }

    pub fn answer(&mut self, operation: &Operation) -> Result<Accepted, Refusal> {
        self.region.call(self.now, CallerId(0), operation)
    }

    fn finish(&mut self, same_address: bool) -> String {
        let work = self.works.remove(0);
        match self.region.finish(self.now, work, same_address) {
            Finished::Stale => "stale".into(),
            Finished::TypeChanged => "type changed".into(),
            Finished::Stopped { released, static_address_released, .. } => {
                let mut words = vec![self.region.state(work.instance).to_string()];
                words.extend(released.map(|(_, units)| format!("releases {units}")));
                words.extend(static_address_released.then(|| "address released".into()));
                words.join(", ")
            }
            Finished::NextStage(next) => {
                self.works.push(next);
                self.region.state(next.instance).to_string()
            }
            Finished::Deleted { released } => {
                let mut words = vec![self.region.state(work.instance).to_string()];
                words.extend(released.map(|(_, units)| format!("releases {units}")));
                words.join(", ")
            }
            Finished::Running { static_address, .. } => match static_address {
                None => "Running".into(),
                Some(AddressReturn::Same) => "Running, same address".into(),
                Some(AddressReturn::Changed) => "Running, address changed".into(),
            },
        }
    }

    fn type_of(&self, id: InstanceId) -> String {
        let spec = self.region.spec();
        let kind = spec.kind(self.region.kind_of(id));
        spec.types[kind.instance_type.index()].name.trim_start_matches("ecs.").to_owned()
    }

    fn power_off_hung(&mut self) -> String {
        match self.region.power_off_hung(self.now, self.works[0]) {
            Some(work) => {
                self.works.push(work);
                format!("power off, {}", self.region.state(work.instance))
            }
            None => "not hung".into(),
        }
    }

    /// The lines of the invoice so far, and their sum.
    fn invoice(&self) -> String {
        let lines = invoice(self.region.spec(), &self.region.read_meters(self.now));
        let mut words = Vec::new();
        for line in &lines {
            words.push(format!("{} {} {}", line.component.name(), line.state.name(), line.amount));
        }
        words.push(format!("total {}", total(&lines)));
        words.join(", ")
    }

    fn billed(&self, id: InstanceId) -> String {
        let (state, knobs) = (self.region.billed_state(id), &self.region.spec().knobs);
        let billed = Component::ALL.into_iter().filter(|&c| is_billed(c, state, knobs));
        billed.map(Component::name).collect::<Vec<_>>().join(" ")
    }
}

/// A StopInstance from the words of a step.
pub fn stop(id: InstanceId, options: &[&str]) -> StopInstance {
    let mut request = StopInstance::of(id);
    for option in options {
        match *option {
            "StopCharging" => request.mode = Some(StoppedMode::StopCharging),
            "KeepCharging" => request.mode = Some(StoppedMode::KeepCharging),
            "ForceStop" => request.force = Force::PowerOff,
            "ConfirmStop" => request.confirm_stop = true,
            "DryRun" => request.dry_run = true,
            "Hibernate" => request.hibernate = true,
            "mode=Sleep" => request.malformed = Some(Parameter::StoppedMode),
            "ForceStop=maybe" => request.malformed = Some(Parameter::ForceStop),
            other => target(&mut request.instance, other),
        }
    }
    request
}

/// A ModifyInstanceSpec from the words of a step: the type by its place, or not at all.
pub fn change(id: InstanceId, options: &[&str]) -> ModifyInstanceSpec {
    let mut request = ModifyInstanceSpec::of(id, TypeId(0));
    for option in options {
        match *option {
            "large" => request.instance_type = TypeTarget::Id(TypeId(0)),
            "xlarge" => request.instance_type = TypeTarget::Id(TypeId(1)),
            "g6" => request.instance_type = TypeTarget::Id(TypeId(2)),
            "type=strange" => request.instance_type = TypeTarget::Unknown("ecs.x".into()),
            "token=1" => request.client_token = Some(ClientToken(1)),
            "token=2" => request.client_token = Some(ClientToken(2)),
            "Async" => request.asynchronous = true,
            "DryRun" => request.dry_run = true,
            "Async=maybe" => request.malformed = Some(Parameter::Async),
            other => target(&mut request.instance, other),
        }
    }
    request
}

/// A StartInstance from the words of a step.
pub fn start(id: InstanceId, options: &[&str]) -> StartInstance {
    let mut request = StartInstance::of(id);
    for option in options {
        match *option {
            "DryRun" => request.dry_run = true,
            "InitLocalDisk" => request.init_local_disk = true,
            "DryRun=maybe" => request.malformed = Some(Parameter::DryRun),
            other => target(&mut request.instance, other),
        }
    }
    request
}

/// A reboot, deletion, creation or reactivation from the words of a step.
fn lifecycle(verb: &str, id: InstanceId, options: &[&str]) -> Operation {
    match verb {
        "reboot" => Operation::RebootInstance(reboot(id, options)),
        "delete" => Operation::DeleteInstance(delete(id, options)),
        "run" => Operation::RunInstances(run(options)),
        "reactivate" => {
            let mut request = ReActivateInstances { instance: Target::Id(id) };
            options.iter().for_each(|option| target(&mut request.instance, option));
            Operation::ReActivateInstances(request)
        }
        unknown => panic!("no step begins with `{unknown}`"),
    }
}

/// A RebootInstance from the words of a step.
fn reboot(id: InstanceId, options: &[&str]) -> RebootInstance {
    let mut request = RebootInstance::of(id);
    for option in options {
        match *option {
            "ForceStop" => request.force = Force::PowerOff,
            "DryRun" => request.dry_run = true,
            "ForceStop=maybe" => request.malformed = Some(Parameter::ForceStop),
            other => target(&mut request.instance, other),
        }
    }
    request
}

/// A DeleteInstance from the words of a step.
fn delete(id: InstanceId, options: &[&str]) -> DeleteInstance {
    let mut request = DeleteInstance::of(id);
    for option in options {
        match *option {
            "Force" => request.removal = Removal::PowerOff,
            "ForceStop=false" => request.removal = Removal::ShutDown,
            "TerminateSubscription" => request.terminate_subscription = true,
            "DryRun" => request.dry_run = true,
            "Force=maybe" => request.malformed = Some(Parameter::Force),
            other => target(&mut request.instance, other),
        }
    }
    request
}

/// A RunInstances from the words of a step: `token=7`, `template=1`.
fn run(options: &[&str]) -> RunInstances {
    let mut request = RunInstances { template: GroupId(0), client_token: None, dry_run: false };
    for option in options {
        match option.split_once('=') {
            Some(("token", number)) => request.client_token = Some(number.parse().unwrap()),
            Some(("template", number)) => request.template = GroupId(number.parse().unwrap()),
            _ if *option == "DryRun" => request.dry_run = true,
            _ => panic!("no option is called `{option}`"),
        }
    }
    request
}

fn target(target: &mut Target, word: &str) {
    *target = match word {
        "id=" => Target::Missing,
        "id=%" => Target::Malformed,
        "id=stranger" => Target::Unknown("i-stranger".into()),
        unknown => panic!("no option is called `{unknown}`"),
    };
}

/// Tells a story and compares what was heard.
#[track_caller]
pub fn check(given: Given, story: &str, expected: &str) {
    let heard = Story::new(given).tell(story);
    assert_eq!(heard, expected, "\nstory: {story}\n");
}
