//! A small world for each defect of docs/DEFECTS.md, in which it shows.

/// A world: its clock, its fleet and what else there is.
#[derive(Clone, Debug)]
pub struct World<'a> {
    /// The keys of `[clock]`.
    pub clock: &'a str,
    /// Groups and pools.
    pub fleet: String,
    /// How its controller goes about it.
    pub controller: &'a str,
    /// Faults, and what properties are held to.
    pub faults: &'a str,
}

const CALLS: &str = "[calls]\nanswer = \"1s\"\n";

const TWO_DAYS: &str = "start = \"2026-03-02\"\ntimezone = \"Asia/Shanghai\"\nlength = \"2d\"";

/// Instances that all take the same: 20 s to stop, 30 s to start, 10 s more from economical mode.
fn group(count: u32, more: &str) -> String {
    format!(
        "[[group]]\nname = \"web\"\ncount = {count}\nzone = \"z\"\ntype = \"ecs.g7.large\"\n\
         rate = \"3.6 CNY/h\"\nstop = \"20s\"\nforce_stop = \"5s\"\nstart = \"30s\"\n\
         allocation = \"10s\"\nwave_factor = \"1\"\n{more}\n"
    )
}

fn pool(stock: &str) -> String {
    format!(
        "[[pool]]\nname = \"g7\"\nzone = \"z\"\nfamily = \"ecs.g7\"\nunit = \"instance\"\n{stock}\n"
    )
}

fn fleet(count: u32, stock: &str) -> String {
    [group(count, ""), pool(stock)].concat()
}

/// Three instances with unlimited stock for two days.
pub fn of(controller: &'static str, faults: &'static str) -> World<'static> {
    World { clock: TWO_DAYS, fleet: fleet(3, "stock = \"unlimited\""), controller, faults }
}

impl World<'_> {
    /// The scenario, whose controller has a defect or none.
    pub fn text(&self, defect: Option<&str>) -> String {
        let World { clock, fleet, controller, faults } = self;
        let defects = defect.map_or(String::new(), |name| format!("defects = [\"{name}\"]\n"));
        let drive = match controller.contains("requests =") {
            true => "",
            false => "follows = \"office\"\n",
        };
        let demand = "[[demand]]\nname = \"office\"\ngroups = [\"web\"]\n\
                      windows = [{ days = \"daily\", from = \"08:00\", to = \"20:00\" }]\n";
        let demand = if drive.is_empty() { "" } else { demand };
        format!(
            "name = \"small\"\n[clock]\n{clock}\n[region]\nid = \"cn-hangzhou\"\n{CALLS}{fleet}\
             {demand}[[controller]]\nname = \"c\"\n{drive}stop = {{ mode = \"StopCharging\" }}\n\
             {controller}\n{defects}{faults}"
        )
    }
}

/// Three failures of each start, some 30 s, and then none.
const MORNING_503: &str = "[[call_fault]]\nname = \"503\"\noperations = [\"StartInstance\"]\n\
    window = { days = \"daily\", at = \"08:00\", for = \"25s\" }\n\
    refuse = \"503 ServiceUnavailable\"\n";
/// Starts that are carried out and answered with an error.
pub const APPLIED_500: &str = "[[call_fault]]\nname = \"500\"\noperations = [\"StartInstance\"]\n\
    window = { days = \"daily\", at = \"08:00\", for = \"5s\" }\n\
    apply_then_refuse = \"500 InternalError\"\n";
const RETRY: &str = "retry = { backoff = \"fixed\", base = \"10s\", on = [\"server\"] }";
const EACH_CALL: &str = "timeout = \"5s\"\nlook_first = { each_call = true }\n\
    retry = { backoff = \"fixed\", base = \"1m\", on = [\"server\", \"status\", \"timeout\"] }";

/// Three instances, one of which finds no stock.
fn short_batch() -> World<'static> {
    let controller = "call = \"batch\"\noptimization = \"SuccessFirst\"\nlook_first = {}";
    World { clock: TWO_DAYS, fleet: fleet(3, "free = 2"), controller, faults: "" }
}

/// The world in which a defect shows.
///
/// # Panics
/// If there is no such defect.
#[allow(clippy::too_many_lines)] // one arm for each
pub fn world_of(defect: &str) -> World<'static> {
    match defect {
        "drops-stopped-mode" => {
            let evening = "[[call_fault]]\nname = \"503\"\noperations = [\"StopInstance\"]\n\
        window = { days = \"daily\", at = \"20:00\", for = \"5s\" }\n\
        refuse = \"503 LimitedOperation.ServiceUnavailable\"\n";
            of(RETRY, evening)
        }
        "retries-with-stop" => of(RETRY, MORNING_503),
        "retries-anything" => {
            let refused = "[[call_fault]]\nname = \"403\"\noperations = [\"StartInstance\"]\n\
        refuse = \"403 IncorrectInstanceStatus\"\n\
        [[property]]\nname = \"call_budget\"\nat_most = 8\n\
        [[property]]\nname = \"converges\"\ncheck = false\n";
            let retry = "look_first = {}\n\
        retry = { backoff = \"fixed\", base = \"10s\", max_attempts = 10, on = [\"server\"] }";
            of(retry, refused)
        }
        "caches-reads" => of("look_first = {}", ""),
        "swallows-refusals" => of(RETRY, MORNING_503),
        "takes-refusal-for-success" => of(RETRY, MORNING_503),
        "takes-wrong-status-for-done" => {
            let stuck = "[[work_fault]]\nname = \"stuck\"\noperations = [\"StopInstance\"]\n\
        stuck = \"20h\"\n";
            let retry = "retry = { backoff = \"fixed\", base = \"5m\", max_attempts = 300, \
        on = [\"status\"] }\nwait = { poll = \"30s\", give_up = \"23h\" }";
            of(retry, stuck)
        }
        "takes-acceptance-for-done" => {
            let stuck = "[[work_fault]]\nname = \"stuck\"\noperations = [\"StartInstance\"]\n\
        stuck = \"20m\"\n";
            let wait = "wait = { poll = \"10s\", give_up = \"1h\" }";
            of(wait, stuck)
        }
        "replaces-while-alive" => {
            let controller = "replace = { after = \"5m\", token = \"same\" }\n\
        wait = { poll = \"10s\", give_up = \"1h\" }";
            let group = group(1, "reserve = { count = 2 }");
            let fleet = [group, pool("stock = \"unlimited\"")].concat();
            World { clock: TWO_DAYS, fleet, controller, faults: "" }
        }
        "never-resets-attempts" => of(RETRY, MORNING_503),
        "shares-attempts" => of(RETRY, MORNING_503),
        "stays-busy" => of(RETRY, MORNING_503),
        "gives-up-from-edge" => {
            let late = "[[call_fault]]\nname = \"503\"\noperations = [\"StartInstance\"]\n\
        window = { days = \"daily\", at = \"08:00\", for = \"15m\" }\n\
        refuse = \"503 ServiceUnavailable\"\n";
            let controller = "retry = { backoff = \"fixed\", base = \"1m\", max_attempts = 99, \
        on = [\"server\"] }\nwait = { poll = \"10s\", give_up = \"10m\" }";
            of(controller, late)
        }
        "takes-late-answers" => {
            let controller = "requests = [\n\
        { at = \"2026-03-02 08:00:00\", instance = \"web-0001\", action = \"stop\" },\n\
        { at = \"2026-03-02 08:00:05\", instance = \"web-0001\", action = \"start\" }]";
            let late = "[[call_fault]]\nname = \"late\"\noperations = [\"StopInstance\"]\n\
        late_answer = \"10s\"\n\
        [[call_fault]]\nname = \"later\"\noperations = [\"StartInstance\"]\n\
        late_answer = \"30s\"\n";
            of(controller, late)
        }
        "batch-refusals-unread" => short_batch(),
        "retries-whole-batch" => short_batch(),
        "mixes-up-batch-items" => short_batch(),
        "forgets-in-crash" => {
            let fleet = fleet(100, "stock = \"unlimited\"");
            let controller = "stagger = \"10m\"\nwait = { poll = \"10s\", give_up = \"1h\" }";
            World { clock: TWO_DAYS, fleet, controller, faults: "" }
        }
        "two-replicas" => {
            let clock = "start = \"2026-03-02\"\ntimezone = \"Asia/Shanghai\"\nlength = \"28d\"";
            World { clock, ..of("", "") }
        }
        "caches-utc-offset" => {
            let clock = "start = \"2026-10-24\"\ntimezone = \"Europe/Berlin\"\nlength = \"3d\"";
            World { clock, ..of("", "") }
        }
        "takes-local-time-for-utc" => of("", ""),
        "polls-each-second" => {
            let wait = "wait = { poll = \"30s\", give_up = \"1h\" }";
            let budget = "[[property]]\nname = \"fleet_budget\"\nat_most = 60\n";
            of(wait, budget)
        }
        "sdk-retries-inside" => {
            let down = "[[call_fault]]\nname = \"503\"\noperations = [\"StartInstance\"]\n\
        refuse = \"503 ServiceUnavailable\"\n\
        [[property]]\nname = \"call_budget\"\nat_most = 8\n\
        [[property]]\nname = \"converges\"\ncheck = false\n";
            let retry = "look_first = {}\n\
        retry = { backoff = \"fixed\", base = \"10s\", on = [\"server\"] }";
            of(retry, down)
        }
        "retries-blind-after-timeout" => {
            let lost = "[[call_fault]]\nname = \"lost\"\noperations = [\"StartInstance\"]\n\
        window = { days = \"daily\", at = \"08:00\", for = \"5s\" }\nlose_answer = true\n";
            of(EACH_CALL, lost)
        }
        "retries-blind-after-5xx" => of(EACH_CALL, APPLIED_500),
        "drops-start-without-stock" => {
            let controller = "look_first = {}\n\
        no_stock = { retry_every = \"5m\", give_up = \"1h\" }";
            let fleet = fleet(3, "free = 2");
            World { clock: TWO_DAYS, fleet, controller, faults: "" }
        }
        "two-handlers" => of("look_first = {}", ""),
        _ => panic!("{defect} has no world"),
    }
}
