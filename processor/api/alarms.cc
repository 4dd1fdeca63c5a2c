#include <utility>

#include "processor/api/answers.h"
#include "processor/api/api.h"
#include "processor/api/body.h"
#include "processor/api/query.h"
#include "processor/io/render.h"
#include "processor/io/tables.h"

namespace mercaptan::processor::api {
namespace {

constexpr std::size_t kAlarmsDefault = 100;
constexpr std::size_t kAlarmsMax = 500;
constexpr std::size_t kRowsVisitedMax = 20'000;  // Each is looked up by itself.
constexpr std::size_t kNoteBytesMax = 4000;
constexpr std::string_view kNobody = "anonymous";  // Who acts without saying so.

struct AlarmFilter {
    std::optional<bool> active;
    std::optional<bool> acked;
    std::optional<std::string> zone;
    std::optional<std::string> site;
    std::optional<std::string> device;
    std::optional<std::string> condition;

    static AlarmFilter from(Query& query) {
        AlarmFilter filter;
        filter.active = query.flag("active");
        filter.acked = query.flag("acked");
        filter.zone = query.text("zone");
        filter.site = query.text("site");
        filter.device = query.text("device");
        filter.condition = query.text("condition");
        return filter;
    }
    [[nodiscard]] bool matches(const Alarm& alarm) const {
        return (!active || *active == alarm.active) && (!acked || *acked == alarm.acked) &&
               (!zone || alarm.zone.view() == *zone) && (!site || alarm.site.view() == *site) &&
               (!device || alarm.device.view() == *device) &&
               (!condition || alarm.condition == *condition);
    }
};

Result<std::optional<Alarm>> find_alarm(const Backend& backend, std::string_view id) {
    const auto row = backend.store().get(table(StoreTable::alarms), id);
    if (!row) return Failure{row.error()};
    if (!*row) return std::optional<Alarm>{};
    auto alarm = decode_alarm(**row);
    if (!alarm) return Failure{alarm.error()};
    return std::optional<Alarm>{std::move(*alarm)};
}

/// Newest first, then by id, from behind the cursor: a key of the index.
Result<http::Response> list_alarms(const Backend& backend, const http::Request& request) {
    Query query{request};
    const AlarmFilter filter = AlarmFilter::from(query);
    const std::size_t limit = query.limit(kAlarmsDefault, kAlarmsMax);
    std::string from = query.cursor().value_or("");
    if (auto good = query.finish(); !good) return Failure{good.error()};
    if (!from.empty()) from.push_back('\0');  // The least key behind it.

    ListAnswer list;
    const Instant now = backend.now();
    std::optional<std::string> last;  // The last key looked at.
    std::optional<Error> damage;
    bool more = false;
    std::size_t visited = 0;
    const auto scanned = backend.store().scan(
        table(StoreTable::alarm_order), from, "", [&](std::string_view key, std::string_view) {
            if (list.size() == limit || visited == kRowsVisitedMax) {
                more = true;
                return false;
            }
            ++visited;
            last = key;
            const auto alarm = find_alarm(backend, alarm_of_order_key(key));
            if (!alarm) {
                damage = alarm.error();
            } else if (*alarm && filter.matches(**alarm)) {
                render_alarm(list.next_item(), **alarm, now);
            }
            return !damage;
        });
    if (!scanned) return Failure{scanned.error()};
    if (damage) return Failure{*damage};
    return std::move(list).finish(more ? last : std::nullopt);
}

Result<http::Response> show_alarm(const Backend& backend, const std::string& id) {
    const auto alarm = find_alarm(backend, id);
    if (!alarm) return Failure{alarm.error()};
    if (!*alarm) return fail(ErrorCode::not_found, "there is no alarm " + id);
    std::string body;
    render_alarm(body, **alarm, backend.now());
    return http::json(200, std::move(body));
}

Result<OperatorCommand> alarm_command(const http::Request& request, AlarmEvent event,
                                      const boost::json::object& body, Instant now) {
    AlarmCommand action;
    action.alarm_id = request.params.at("id");
    action.event = event;
    Fields fields{body};
    const Name actor = fields.name("actor").value_or(Name{kNobody});
    action.note = fields.text("note", kNoteBytesMax).value_or("");
    if (event == AlarmEvent::shelve || event == AlarmEvent::shelve_once) {
        action.until = fields.instant("until");
        if (action.until && *action.until <= now) fields.refuse("until", "must lie in the future");
    }
    if (auto good = fields.finish(); !good) return Failure{good.error()};
    OperatorCommand command;
    command.actor = actor.str();
    command.what = std::move(action);
    return command;
}

void post_action(Backend& backend, AlarmEvent event, const http::Request& request,
                 const http::Respond& respond) {
    const auto body = parse_body(request);
    if (!body) return respond(body_problem(body.error()));
    auto command = alarm_command(request, event, *body, backend.now());
    if (!command) return respond(problem_of(command.error()));
    submit(backend, std::move(*command), std::nullopt, respond,
           [&backend](const CommandOutcome& outcome) {
               if (!outcome.alarm_json.empty()) return http::json(200, outcome.alarm_json);
               const auto shown = show_alarm(backend, outcome.reply.alarm_id);
               return shown ? *shown : problem_of(shown.error());
           });
}

}  // namespace

void Api::add_alarm_routes() {
    Backend& backend = backend_;
    get("/api/v1/alarms", [&backend](const auto& r) { return list_alarms(backend, r); });
    get("/api/v1/alarms/{id}", [&backend](const auto& r) -> Result<http::Response> {
        if (auto good = Query{r}.finish(); !good) return Failure{good.error()};
        return show_alarm(backend, r.params.at("id"));
    });
    for (const AlarmEvent event :
         {AlarmEvent::ack, AlarmEvent::confirm, AlarmEvent::reset, AlarmEvent::shelve,
          AlarmEvent::shelve_once, AlarmEvent::unshelve, AlarmEvent::suppress,
          AlarmEvent::unsuppress, AlarmEvent::out_of_service, AlarmEvent::in_service}) {
        post("/api/v1/alarms/{id}/" + std::string{to_string(event)},
             [&backend, event](const auto& r, auto respond) {
                 post_action(backend, event, r, respond);
             });
    }
}

}  // namespace mercaptan::processor::api
