#include "common/mqtt/client.h"

#include <algorithm>
#include <utility>

#include "common/domain/check.h"
#include "common/domain/text.h"
#include "common/mqtt/connection_loop.h"
#include "common/mqtt/endpoint.h"

namespace mercaptan::mqtt {
namespace {

constexpr int kInflightMax = 60'000;  // Packet identifiers have 16 bits.
constexpr std::size_t kTopicMaxBytes = 65'535;

Failure invalid(std::string_view field, std::string_view expected) {
    return fail(ErrorCode::invalid_input, "expected " + std::string{expected}, std::string{field});
}

bool is_text(std::string_view text) {
    return text.size() <= kTopicMaxBytes && is_utf8(text) &&
           text.find('\0') == std::string_view::npos;
}

bool is_topic(std::string_view text) {
    return !text.empty() && is_text(text) && text.find_first_of("+#") == std::string_view::npos;
}

Result<void> check_security(const Options& options) {
    if (options.cert_file.empty() != options.key_file.empty()) {
        return invalid("cert_file", "cert_file and key_file together");
    }
    if (!is_text(options.username)) {
        return invalid("username", "UTF-8 of at most 65535 bytes");
    }
    if (options.username.empty() && !options.password_file.empty()) {
        return invalid("username", "a username beside password_file");
    }
    return {};
}

Result<void> check_times(const Options& options) {
    if (options.keep_alive.count() < 1 || options.keep_alive.count() > 65'535) {
        return invalid("keep_alive", "1s to 65535s");
    }
    if (options.connect_timeout.count() < 1 || options.connect_timeout.count() > 300) {
        return invalid("connect_timeout", "1s to 300s");
    }
    if (options.backoff_min.count() < 1 || options.backoff_max < options.backoff_min) {
        return invalid("backoff_min", "at least 1ms and at most backoff_max");
    }
    return {};
}

}  // namespace

Result<void> check(const Options& options, const std::vector<Subscription>& subscriptions) {
    if (auto endpoint = parse_uri(options.uri); !endpoint) {
        return Failure{endpoint.error()};
    }
    if (options.client_id.empty() || !is_text(options.client_id)) {
        return invalid("client_id", "1 to 65535 bytes of UTF-8");
    }
    if (auto security = check_security(options); !security) {
        return security;
    }
    if (auto times = check_times(options); !times) {
        return times;
    }
    if (options.will && (!is_topic(options.will->topic) || options.will->qos < 0 ||
                         options.will->qos > 1 || options.will->payload.size() > kTopicMaxBytes)) {
        return invalid("will", "a topic without wildcards, QoS 0 or 1, at most 65535 bytes");
    }
    if (options.max_inflight < 1 || options.max_inflight > kInflightMax) {
        return invalid("max_inflight", "1 to 60000");
    }
    if (options.protocol != 4 && options.protocol != 5) {
        return invalid("protocol", "4 or 5");
    }
    const bool filters_ok =
        std::all_of(subscriptions.begin(), subscriptions.end(), [](const Subscription& each) {
            return !each.filter.empty() && is_text(each.filter) && each.qos >= 0 && each.qos <= 1;
        });
    if (!filters_ok) {
        return invalid("subscriptions", "filters of 1 to 65535 bytes and QoS 0 or 1");
    }
    return {};
}

class Client::Impl : public ConnectionLoop {
public:
    using ConnectionLoop::ConnectionLoop;
};

Client::Client(Options options, std::vector<Subscription> subscriptions, Handlers handlers) {
    MERCAPTAN_CHECK(check(options, subscriptions).has_value());
    impl_ =
        std::make_unique<Impl>(std::move(options), std::move(subscriptions), std::move(handlers));
}

Client::~Client() {
    impl_->stop();
}
void Client::start() {
    impl_->start();
}
void Client::stop() {
    impl_->stop();
}
bool Client::ready() const {
    return impl_->outbox().open();
}
void Client::pause() {
    impl_->want(ConnectionLoop::Want::pause);
}
void Client::resume() {
    impl_->want(ConnectionLoop::Want::run);
}
Stats Client::stats() const {
    return impl_->stats();
}

Result<void> Client::publish(std::string_view topic, std::string_view payload, int qos, bool retain,
                             std::uint64_t token) {
    if (!is_topic(topic)) {
        return invalid("topic", "1 to 65535 bytes of UTF-8 without + and #");
    }
    if (qos != 0 && qos != 1) {
        return invalid("qos", "0 or 1");
    }
    return impl_->publish(topic, payload, qos, retain, token);
}

}  // namespace mercaptan::mqtt
