#include <boost/json/object.hpp>
#include <string>
#include <utility>

#include "common/json/writer.h"
#include "processor/api/answers.h"
#include "processor/api/api.h"
#include "processor/api/body.h"

namespace mercaptan::processor::api {
namespace {

constexpr std::size_t kFilesMax = 512;

std::optional<Instant> due(const std::optional<Instant>& at) {
    return at && *at != kNever ? at : std::nullopt;
}

void write_move(JsonWriter& json, const ClockMove& move) {
    json.begin_object();
    json.member("name", move.clock);
    json.member("old_due_at", due(move.old_due_at));
    json.member("new_due_at", due(move.new_due_at));
    json.member("verdict", to_string(move.verdict));
    json.end_object();
}

void write_ticket(JsonWriter& json, const DryRunTicket& ticket) {
    const auto given = [](const std::string& text) {
        return text.empty() ? std::nullopt : std::optional{std::string_view{text}};
    };
    json.begin_object();
    json.member("ticket_id", ticket.id);
    json.member("policy", ticket.policy);
    json.member("state", ticket.state);
    json.member("from_version", given(ticket.from_version));
    json.member("to_version", given(ticket.to_version));
    json.member("from_calendar", given(ticket.from_calendar));
    json.member("to_calendar", given(ticket.to_calendar));
    json.member("obstacle", given(ticket.obstacle));
    json.key("clocks");
    json.begin_array();
    for (const ClockMove& move : ticket.clocks) write_move(json, move);
    json.end_array();
    json.end_object();
}

std::string text_of(const DryRun& run) {
    std::string body;
    JsonWriter json{body};
    json.begin_object();
    json.member("open_tickets", run.open_tickets);
    json.member("left_off", run.left_off);
    json.key("items");
    json.begin_array();
    for (const DryRunTicket& ticket : run.tickets) write_ticket(json, ticket);
    json.end_array();
    json.member("next_cursor", std::optional<std::string_view>{});
    json.end_object();
    return body;
}

Result<ProposedFiles> read_files(const boost::json::object& body) {
    ProposedFiles files;
    Fields fields{body};
    files.calendar = fields.text("calendar", kFilesBytesMax);
    const boost::json::object* policies = fields.object("policies");
    if (policies != nullptr && (policies->empty() || policies->size() > kFilesMax))
        fields.refuse("policies", "expected 1 to " + std::to_string(kFilesMax) + " files");
    if (policies != nullptr) {
        for (const auto& [name, text] : *policies) {
            if (!text.is_string()) {
                fields.refuse("policies." + std::string{name}, "expected the text of a file");
                break;
            }
            files.policies.emplace_back(name, text.get_string());
        }
    }
    if (auto good = fields.finish(); !good) return Failure{good.error()};
    return files;
}

void post_dry_run(const Backend& backend, const http::Request& request,
                  const http::Respond& respond) {
    const auto body = parse_body(request, kFilesBytesMax);
    if (!body) return respond(body_problem(body.error()));
    const auto files = read_files(*body);
    if (!files) return respond(problem_of(files.error()));
    const auto run = backend.dry_run(*files);
    respond(run ? http::json(200, text_of(*run)) : problem_of(run.error()));
}

}  // namespace

void Api::add_policy_routes() {
    Backend& backend = backend_;
    post("/api/v1/policies/dry-run",
         [&backend](const auto& r, auto respond) { post_dry_run(backend, r, respond); });
}

}  // namespace mercaptan::processor::api
