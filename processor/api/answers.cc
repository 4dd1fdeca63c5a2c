#include "processor/api/answers.h"

#include <utility>

#include "processor/api/query.h"
#include "processor/core/texts.h"
#include "processor/io/tables.h"

namespace mercaptan::processor::api {
namespace {

constexpr std::size_t kIdempotencyKeyBytesMax = 128;

}  // namespace

http::Response problem_of(const Error& error, const std::vector<std::string>& allowed) {
    const Text title = title_of(error.code);
    const int status = http::status_of(error.code);
    const std::string_view detail =
        status == 500 ? std::string_view{"the server could not do this"} : error.message;
    http::ProblemMembers members{{"title_zh", std::string{title.zh}}};
    if (error.code == ErrorCode::conflict) members.emplace_back("allowed", allowed);
    return http::problem(status, title.en, detail, error.field, members);
}

http::Response body_problem(const BodyProblem& problem) {
    return http::problem(problem.status, http::reason_of(problem.status), problem.detail);
}

http::Response ListAnswer::finish(const std::optional<std::string>& cursor) && {
    body_ += R"(],"next_cursor":)";
    body_ += cursor ? '"' + write_cursor(*cursor) + '"' : "null";
    body_ += '}';
    return http::json(200, std::move(body_));
}

void submit(Backend& backend, OperatorCommand command, std::optional<Reporter> reporter,
            http::Respond respond, std::function<http::Response(const CommandOutcome&)> show) {
    backend.submit(
        std::move(command), std::move(reporter),
        [respond = std::move(respond), show = std::move(show)](const CommandOutcome& outcome) {
            const Reply& reply = outcome.reply;
            respond(reply.error ? problem_of(*reply.error, reply.allowed) : show(outcome));
        });
}

Result<std::string> idempotency_key(const http::Request& request, std::string_view scope) {
    const auto found = request.headers.find("idempotency-key");
    if (found == request.headers.end()) return std::string{};
    bool good = !found->second.empty() && found->second.size() <= kIdempotencyKeyBytesMax;
    for (const char c : found->second) good = good && c >= 0x20 && c <= 0x7E;
    if (!good) {
        return fail(ErrorCode::invalid_input,
                    "Idempotency-Key: expected 1 to " + std::to_string(kIdempotencyKeyBytesMax) +
                        " printable ASCII characters",
                    "Idempotency-Key");
    }
    return std::string{scope} + '/' + found->second;
}

Result<std::optional<Ticket>> find_ticket(const Backend& backend, std::string_view id) {
    const auto row = backend.store().get(table(StoreTable::tickets), id);
    if (!row) return Failure{row.error()};
    if (!*row) return std::optional<Ticket>{};
    auto ticket = decode_ticket(**row);
    if (!ticket) return Failure{ticket.error()};
    return std::optional<Ticket>{std::move(*ticket)};
}

}  // namespace mercaptan::processor::api
