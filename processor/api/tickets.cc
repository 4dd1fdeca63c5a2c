#include <boost/json/serialize.hpp>
#include <charconv>
#include <utility>

#include "processor/api/answers.h"
#include "processor/api/api.h"
#include "processor/api/body.h"
#include "processor/api/query.h"
#include "processor/api/reports.h"
#include "processor/io/render.h"
#include "processor/io/tables.h"

namespace mercaptan::processor::api {
namespace {

constexpr std::size_t kTicketsDefault = 100;
constexpr std::size_t kTicketsMax = 500;
constexpr std::size_t kHistoryDefault = 500;
constexpr std::size_t kHistoryMax = 1000;
/// Rows looked at for one page; a page that needs more ends early and says where it goes on.
constexpr std::size_t kRowsVisitedMax = 100'000;
constexpr std::size_t kNoteBytesMax = 4000;
constexpr std::size_t kFieldsMax = 32;
constexpr std::size_t kFieldBytesMax = 1000;
constexpr std::string_view kStates =
    "raised, dispatched, accepted, departed, on_site, made_safe, repaired, closed, cancelled, or "
    "another state of a life cycle";
constexpr std::string_view kKinds =
    "repair, complaint, hazard, inspection, callback, planned_work, ledger or emergency_plan";
constexpr std::string_view kEvents =
    "dispatch, accept, decline, hand_over, depart, arrive, make_safe, repair, close, cancel, "
    "reopen, reclassify, note, migrate, or another event of a life cycle";

std::optional<TicketClass> class_from(std::string_view word) {
    if (word.size() != 1 || word[0] < '1' || word[0] > '3') return std::nullopt;
    return static_cast<TicketClass>(word[0] - '0');
}

struct TicketFilter {
    std::vector<TicketState> states;
    std::vector<TicketClass> classes;
    std::vector<TicketKind> kinds;
    std::optional<std::string> zone;
    std::optional<std::string> site;
    std::optional<bool> open;

    static TicketFilter from(Query& query, const Rulebook& rulebook) {
        const auto state_from = [&](std::string_view name) {
            return rulebook.knows_state(name) ? std::optional{TicketState{.name = Name{name}}}
                                              : std::nullopt;
        };
        TicketFilter filter;
        filter.states = query.any_of("state", state_from, kStates);
        filter.classes = query.any_of("class", class_from, "1, 2 or 3");
        filter.kinds = query.any_of("kind", ticket_kind_from, kKinds);
        filter.zone = query.text("zone");
        filter.site = query.text("site");
        filter.open = query.flag("open");
        return filter;
    }
    [[nodiscard]] bool matches(const Ticket& ticket) const {
        return (!open || *open == is_open(ticket.state)) && among(states, ticket.state) &&
               among(kinds, ticket.kind) && (!site || ticket.site.view() == *site) &&
               (!zone || ticket.zone.view() == *zone) &&
               (classes.empty() || (ticket.ticket_class && among(classes, *ticket.ticket_class)));
    }
};

Result<http::Response> list_tickets(const Backend& backend, const http::Request& request) {
    Query query{request};
    const TicketFilter filter = TicketFilter::from(query, *backend.rulebook());
    const std::size_t limit = query.limit(kTicketsDefault, kTicketsMax);
    const std::string before = query.cursor().value_or("");
    if (auto good = query.finish(); !good) return Failure{good.error()};

    ListAnswer list;
    std::optional<std::string> last;  // The last key looked at.
    std::optional<Error> damage;
    bool more = false;
    std::size_t visited = 0;
    const auto scanned = backend.store().scan_back(
        table(StoreTable::tickets), "", before, [&](std::string_view key, std::string_view value) {
            if (list.size() == limit || visited == kRowsVisitedMax) {
                more = true;
                return false;
            }
            ++visited;
            last = key;
            const auto ticket = decode_ticket(value);
            if (!ticket) damage = ticket.error();
            if (ticket && filter.matches(*ticket)) render_ticket(list.next_item(), *ticket);
            return !damage;
        });
    if (!scanned) return Failure{scanned.error()};
    if (damage) return Failure{*damage};
    return std::move(list).finish(more ? last : std::nullopt);
}

Failure no_ticket(const std::string& id) {
    return fail(ErrorCode::not_found, "there is no ticket " + id);
}

Result<std::vector<Reporter>> reporters_of(const Backend& backend, const std::string& id) {
    std::vector<Reporter> reporters;
    std::optional<Error> damage;
    std::string from;
    people_prefix(from, id);
    const auto scanned = backend.store().scan(table(StoreTable::people), from, after_prefix(from),
                                              [&](std::string_view, std::string_view value) {
                                                  auto reporter = decode_reporter(value);
                                                  if (!reporter) {
                                                      damage = reporter.error();
                                                      return false;
                                                  }
                                                  reporters.push_back(std::move(*reporter));
                                                  return true;
                                              });
    if (!scanned) return Failure{scanned.error()};
    if (damage) return Failure{*damage};
    return reporters;
}

Result<http::Response> show_ticket(const Backend& backend, const http::Request& request) {
    const std::string& id = request.params.at("id");
    if (auto good = Query{request}.finish(); !good) return Failure{good.error()};
    const auto ticket = find_ticket(backend, id);
    if (!ticket) return Failure{ticket.error()};
    if (!*ticket) return no_ticket(id);
    const auto reporters = reporters_of(backend, id);
    if (!reporters) return Failure{reporters.error()};
    std::string body;
    render_ticket_in_full(body, **ticket, *reporters);
    http::Response response = http::json(200, std::move(body));
    response.headers.emplace_back("etag", '"' + std::to_string((*ticket)->version) + '"');
    response.headers.emplace_back("cache-control", "no-store");
    return response;
}

Result<http::Response> show_history(const Backend& backend, const http::Request& request) {
    const std::string& id = request.params.at("id");
    Query query{request};
    const std::size_t limit = query.limit(kHistoryDefault, kHistoryMax);
    const auto cursor = query.cursor();
    if (auto good = query.finish(); !good) return Failure{good.error()};
    const auto ticket = find_ticket(backend, id);
    if (!ticket) return Failure{ticket.error()};
    if (!*ticket) return no_ticket(id);

    std::string prefix;
    log_prefix(prefix, id);
    const std::string from = cursor ? prefix + *cursor : prefix;
    ListAnswer list;
    std::optional<std::string> next;  // The index that the next page starts with, as in the key.
    std::optional<Error> damage;
    const auto scanned =
        backend.store().scan(table(StoreTable::ticket_log), from, after_prefix(prefix),
                             [&](std::string_view key, std::string_view value) {
                                 if (list.size() == limit) {
                                     next = key.substr(prefix.size());
                                     return false;
                                 }
                                 const auto entry = decode_log_entry(value);
                                 if (!entry) damage = entry.error();
                                 if (entry) render_log_entry(list.next_item(), *entry);
                                 return !damage;
                             });
    if (!scanned) return Failure{scanned.error()};
    if (damage) return Failure{*damage};
    return std::move(list).finish(next);
}

/// `"7"`, `7`, `W/"7"`; `*` and no header mean any.
Result<std::optional<std::uint64_t>> if_match(const http::Request& request) {
    const auto found = request.headers.find("if-match");
    if (found == request.headers.end() || found->second == "*") {
        return std::optional<std::uint64_t>{};
    }
    std::string_view text = found->second;
    if (text.starts_with("W/")) text.remove_prefix(2);
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
        text = text.substr(1, text.size() - 2);
    }
    std::uint64_t version = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), version);
    if (error != std::errc{} || rest != text.data() + text.size()) {
        return fail(ErrorCode::invalid_input, "If-Match: expected the ticket's version",
                    "If-Match");
    }
    return std::optional{version};
}

/// Numbers and flags as their text: the life cycle says what a field must be.
std::optional<std::string> field_text(const boost::json::value& value) {
    if (value.is_string()) {
        const std::string_view text = value.get_string();
        return text.empty() || text.size() > kFieldBytesMax ? std::nullopt
                                                            : std::optional{std::string{text}};
    }
    if (value.is_number() || value.is_bool()) return boost::json::serialize(value);
    return std::nullopt;
}

std::vector<Field> take_fields(Fields& fields) {
    std::vector<Field> taken;
    const boost::json::object* object = fields.object("fields");
    if (object == nullptr) return taken;
    if (object->size() > kFieldsMax)
        fields.refuse("fields", "expected at most " + std::to_string(kFieldsMax) + " fields");
    for (const auto& [name, value] : *object) {
        const auto text = field_text(value);
        if (!is_name(name)) {
            fields.refuse("fields", "expected names of 1 to 63 bytes without /, + or #");
        } else if (!text) {
            fields.refuse("fields." + std::string{name},
                          "expected a text of 1 to 1000 bytes, a number, true or false");
        } else {
            taken.push_back({Name{std::string_view{name}}, *text});
        }
    }
    return taken;
}

Result<OperatorCommand> ticket_command(const http::Request& request,
                                       const boost::json::object& body, const Rulebook& rulebook) {
    const auto event_from = [&](std::string_view name) {
        const bool known = name == TicketEvent::migrate.name ||
                           (!is_reserved_event(name) && rulebook.knows_event(name));
        return known ? std::optional{TicketEvent{Name{name}}} : std::nullopt;
    };
    TicketCommand event;
    event.ticket_id = request.params.at("id");
    Fields fields{body};
    fields.require("event");
    event.event = fields.one_of("event", event_from, kEvents).value_or(TicketEvent::note);
    fields.require("actor");
    const Name actor = fields.name("actor").value_or(Name{});
    event.at = fields.instant("at");
    event.note = fields.text("note", kNoteBytesMax).value_or("");
    event.crew = fields.name("crew").value_or(Name{});
    event.ticket_class = fields.ticket_class("class");
    event.fields = take_fields(fields);
    if (auto good = fields.finish(); !good) return Failure{good.error()};
    const auto version = if_match(request);
    if (!version) return Failure{version.error()};
    event.if_version = *version;
    auto key = idempotency_key(request, "ticket/" + event.ticket_id);
    if (!key) return Failure{key.error()};
    OperatorCommand command;
    command.actor = actor.str();
    command.idempotency_key = std::move(*key);
    command.what = std::move(event);
    return command;
}

/// The ticket of an outcome. A repeated command brings none: then as it is now.
http::Response ticket_of(const Backend& backend, const CommandOutcome& outcome) {
    if (!outcome.ticket_json.empty()) return http::json(200, outcome.ticket_json);
    const auto ticket = find_ticket(backend, outcome.reply.ticket_id);
    if (!ticket) return problem_of(ticket.error());
    if (!*ticket) return problem_of(no_ticket(outcome.reply.ticket_id).value());
    std::string body;
    render_ticket(body, **ticket);
    return http::json(200, std::move(body));
}

void post_event(Backend& backend, const http::Request& request, const http::Respond& respond) {
    const auto body = parse_body(request);
    if (!body) return respond(body_problem(body.error()));
    auto command = ticket_command(request, *body, *backend.rulebook());
    if (!command) return respond(problem_of(command.error()));
    submit(backend, std::move(*command), std::nullopt, respond,
           [&backend](const CommandOutcome& outcome) { return ticket_of(backend, outcome); });
}

void post_report(Backend& backend, const http::Request& request, const http::Respond& respond) {
    const auto body = parse_body(request);
    if (!body) return respond(body_problem(body.error()));
    auto report = read_report(*body, backend.now());
    if (!report) return respond(problem_of(report.error()));
    auto key = idempotency_key(request, "report");
    if (!key) return respond(problem_of(key.error()));
    report->command.idempotency_key = std::move(*key);
    const std::string cause = report->cause_condition;
    submit(backend, std::move(report->command), std::move(report->reporter), respond,
           [&backend, cause](const CommandOutcome& outcome) {
               http::Response response = ticket_of(backend, outcome);
               if (response.status != 200) return response;
               response.status = 201;
               response.headers.emplace_back("location", "tickets/" + outcome.reply.ticket_id);
               response.body.pop_back();  // The brace that closes the ticket.
               response.body += R"(,"joined":)";
               response.body += outcome.reply.created || outcome.reply.replayed ? "false" : "true";
               response.body += R"(,"guidance":)";
               render_guidance(response.body, cause);
               response.body += '}';
               return response;
           });
}

}  // namespace

void Api::add_ticket_routes() {
    Backend& backend = backend_;
    get("/api/v1/tickets", [&backend](const auto& r) { return list_tickets(backend, r); });
    post("/api/v1/tickets",
         [&backend](const auto& r, auto respond) { post_report(backend, r, respond); });
    get("/api/v1/tickets/{id}", [&backend](const auto& r) { return show_ticket(backend, r); });
    get("/api/v1/tickets/{id}/history",
        [&backend](const auto& r) { return show_history(backend, r); });
    post("/api/v1/tickets/{id}/events",
         [&backend](const auto& r, auto respond) { post_event(backend, r, respond); });
}

}  // namespace mercaptan::processor::api
