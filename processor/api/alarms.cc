#include <algorithm>
#include <tuple>
#include <utility>

#include "processor/api/answers.h"
#include "processor/api/api.h"
#include "processor/api/body.h"
#include "processor/api/query.h"
#include "processor/io/bytes.h"
#include "processor/io/render.h"
#include "processor/io/tables.h"

namespace mercaptan::processor::api {
namespace {

constexpr std::size_t kAlarmsDefault = 100;
constexpr std::size_t kAlarmsMax = 500;
constexpr std::size_t kNoteBytesMax = 4000;
constexpr Duration kShelveDefault = std::chrono::hours{1};
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

/// Newest first, then by id, as bytes that sort so.
std::string order_of(const Alarm& alarm) {
    std::string key;
    bytes::put_big_endian(key, ~bytes::sortable(alarm.since.ms));
    return key + alarm.id;
}

/// The first `count` alarms beyond `after` in list order. Ids are not in that order, so that every
/// row is looked at; memory stays at what is asked for.
Result<std::vector<Alarm>> first_alarms(const Backend& backend, const AlarmFilter& filter,
                                        const std::string& after, std::size_t count) {
    using Row = std::pair<std::string, Alarm>;
    const auto earlier = [](const Row& a, const Row& b) { return a.first < b.first; };
    std::vector<Row> best;  // A heap with the last of them on top.
    std::optional<Error> damage;
    const auto scanned =
        backend.store().scan(table(StoreTable::alarms), "", "", [&](auto, std::string_view value) {
            auto alarm = decode_alarm(value);
            if (!alarm) {
                damage = alarm.error();
                return false;
            }
            if (!filter.matches(*alarm)) return true;
            std::string order = order_of(*alarm);
            if (order <= after || (best.size() == count && order >= best.front().first)) {
                return true;
            }
            best.emplace_back(std::move(order), std::move(*alarm));
            std::push_heap(best.begin(), best.end(), earlier);
            if (best.size() > count) {
                std::pop_heap(best.begin(), best.end(), earlier);
                best.pop_back();
            }
            return true;
        });
    if (!scanned) return Failure{scanned.error()};
    if (damage) return Failure{*damage};
    std::sort_heap(best.begin(), best.end(), earlier);
    std::vector<Alarm> alarms;
    alarms.reserve(best.size());
    for (Row& row : best) alarms.push_back(std::move(row.second));
    return alarms;
}

Result<http::Response> list_alarms(const Backend& backend, const http::Request& request) {
    Query query{request};
    const AlarmFilter filter = AlarmFilter::from(query);
    const std::size_t limit = query.limit(kAlarmsDefault, kAlarmsMax);
    const std::string after = query.cursor().value_or("");
    if (auto good = query.finish(); !good) return Failure{good.error()};
    const auto alarms = first_alarms(backend, filter, after, limit + 1);
    if (!alarms) return Failure{alarms.error()};
    ListAnswer list;
    const Instant now = backend.now();
    for (std::size_t i = 0; i < std::min(limit, alarms->size()); ++i) {
        render_alarm(list.next_item(), (*alarms)[i], now);
    }
    const bool more = alarms->size() > limit;
    return std::move(list).finish(more ? std::optional{order_of((*alarms)[limit - 1])}
                                       : std::nullopt);
}

Result<std::optional<Alarm>> find_alarm(const Backend& backend, const std::string& id) {
    const auto row = backend.store().get(table(StoreTable::alarms), id);
    if (!row) return Failure{row.error()};
    if (!*row) return std::optional<Alarm>{};
    auto alarm = decode_alarm(**row);
    if (!alarm) return Failure{alarm.error()};
    return std::optional<Alarm>{std::move(*alarm)};
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
    if (event == AlarmEvent::shelve) {
        action.until = fields.instant("until").value_or(now + kShelveDefault);
        if (*action.until <= now) fields.refuse("until", "must lie in the future");
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
         {AlarmEvent::ack, AlarmEvent::confirm, AlarmEvent::shelve, AlarmEvent::unshelve,
          AlarmEvent::suppress, AlarmEvent::unsuppress, AlarmEvent::reset}) {
        post("/api/v1/alarms/{id}/" + std::string{to_string(event)},
             [&backend, event](const auto& r, auto respond) {
                 post_action(backend, event, r, respond);
             });
    }
}

}  // namespace mercaptan::processor::api
