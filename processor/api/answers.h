#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/domain/result.h"
#include "common/http/message.h"
#include "processor/api/backend.h"
#include "processor/api/body.h"

namespace mercaptan::processor::api {

/// A problem document whose title is in English (`title`) and Chinese (`title_zh`). `allowed`:
/// with a conflict, what would be taken instead.
[[nodiscard]] http::Response problem_of(const Error& error,
                                        const std::vector<std::string>& allowed = {});

[[nodiscard]] http::Response body_problem(const BodyProblem& problem);

/// `{"items":[…],"next_cursor":…}`, built item by item.
class ListAnswer {
public:
    /// Where the next item is to be appended.
    std::string& next_item() {
        if (size_++ > 0) body_ += ',';
        return body_;
    }
    [[nodiscard]] std::size_t size() const { return size_; }
    /// `cursor` is the key that `Query::cursor` will give back.
    [[nodiscard]] http::Response finish(const std::optional<std::string>& cursor) &&;

private:
    std::string body_ = R"({"items":[)";
    std::size_t size_ = 0;
};

/// Gives a command to the backend and answers with what `show` makes of a good outcome.
void submit(Backend& backend, OperatorCommand command, std::optional<Reporter> reporter,
            http::Respond respond, std::function<http::Response(const CommandOutcome&)> show);

/// The Idempotency-Key header, made unique to what it was sent to; empty without one.
[[nodiscard]] Result<std::string> idempotency_key(const http::Request& request,
                                                  std::string_view scope);

[[nodiscard]] Result<std::optional<Ticket>> find_ticket(const Backend& backend,
                                                        std::string_view id);

}  // namespace mercaptan::processor::api
