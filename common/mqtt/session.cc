#include "common/mqtt/session.h"

#include <mqtt/async_client.h>

#include <atomic>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>

#include "common/mqtt/endpoint.h"
#include "common/mqtt/no_delay.h"

// Facts about Paho C 1.3.12 and C++ 1.2.0 that this file is built on are listed in README.md.

namespace mercaptan::mqtt {
namespace {

namespace paho = ::mqtt;

constexpr int kConnackBadProtocol311 = 0x01;  // What a 3.1.1 broker answers to MQTT 5.
constexpr int kConnackBadProtocol5 = 0x84;
constexpr int kRefusedReasonCode = 0x80;
constexpr std::string_view kPahoConnackMessage = "CONNACK return code";
constexpr std::string_view kPahoUnansweredMessage = "TCP connect completion failure";

// Paho's destroy walks the list of commands of all clients without the lock that its publish takes
// to append to it, so our calls exclude each other.
std::mutex& paho_mutex() {
    static std::mutex mutex;
    return mutex;
}

// Paho stops its threads, and waits for them for a second, when its last client is destroyed. One
// that never connects and is never destroyed keeps them. Call with paho_mutex held.
void keep_paho_running() {
    // Atomic, or the compiler drops the pointer that nobody reads and the client counts as leaked.
    static std::atomic<paho::async_client*> anchor{nullptr};
    if (anchor.load() == nullptr) {
        anchor =
            new paho::async_client{"tcp://127.0.0.1:1", "mercaptan-anchor", paho::create_options{}};
    }
}

Failure unavailable(const std::exception& error) {
    return fail(ErrorCode::unavailable, error.what());
}

paho::ssl_options tls_options(const Options& options) {
    paho::ssl_options tls;
    if (!options.ca_file.empty()) {
        tls.set_trust_store(options.ca_file);
    }
    if (!options.cert_file.empty()) {
        tls.set_key_store(options.cert_file);
        tls.set_private_key(options.key_file);
    }
    tls.set_enable_server_cert_auth(true);
    tls.set_verify(true);  // The host name too.
    return tls;
}

// Not moved or returned after set_properties: Paho's move leaves a pointer to the old properties.
void fill(paho::connect_options& to, const Options& from, const std::string& password,
          int protocol) {
    to.set_mqtt_version(protocol);
    if (protocol == MQTTVERSION_5) {
        to.set_clean_start(from.clean_start);
        paho::properties properties;
        properties.add(paho::property{paho::property::SESSION_EXPIRY_INTERVAL,
                                      static_cast<std::int32_t>(from.session_expiry_s)});
        to.set_properties(properties);
    } else {
        to.set_clean_session(from.clean_start);
    }
    to.set_keep_alive_interval(from.keep_alive);
    to.set_connect_timeout(from.connect_timeout);
    to.set_automatic_reconnect(false);
    to.set_max_inflight(from.max_inflight);
    if (!from.username.empty()) {
        to.set_user_name(from.username);
    }
    if (!password.empty()) {
        to.set_password(password);
    }
    if (from.will) {
        const Will& will = *from.will;
        to.set_will(paho::will_options{will.topic, will.payload.data(), will.payload.size(),
                                       will.qos, will.retain});
    }
    if (parse_uri(from.uri)->tls) {
        to.set_ssl(tls_options(from));
    }
}

std::string code_text(int code) {
    return "code " + std::to_string(code) + " " + paho::exception::reason_code_str(code);
}

}  // namespace

class Session::Impl final : private paho::iaction_listener {
public:
    Impl(const Options& options, const std::string& uri, int protocol, SessionListener& listener)
        : listener_{listener}, protocol_{protocol}, port_{parse_uri(uri)->port} {
        paho::create_options create{protocol};
        create.set_max_buffered_messages(options.max_inflight + 1);
        create.set_send_while_disconnected(false);
        const std::lock_guard lock{paho_mutex()};
        keep_paho_running();
        client_.emplace(uri, options.client_id, create, nullptr);
        client_->set_message_callback([this](const paho::const_message_ptr& m) { arrived(*m); });
        client_->set_connection_lost_handler(
            [this](const std::string&) { listener_.on_disconnected("connection lost"); });
        client_->set_disconnected_handler([this](const paho::properties&, paho::ReasonCode code) {
            // Paho does not call the handler for lost connections after this one.
            listener_.on_disconnected("the broker disconnected: " + code_text(code));
        });
    }

    ~Impl() override {
        const std::lock_guard lock{paho_mutex()};
        client_.reset();
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    void connect(const Options& options, const std::string& password) {
        paho::connect_options connect;
        fill(connect, options, password, protocol_);
        const std::lock_guard lock{paho_mutex()};
        client_->connect(connect, nullptr, *this);
    }

    void subscribe(std::size_t index, const Subscription& subscription) {
        const std::lock_guard lock{paho_mutex()};
        client_->subscribe(subscription.filter, subscription.qos, as_context(index), *this);
    }

    void publish(OutgoingMessage message) {
        const std::uint64_t sequence = message.sequence;
        auto outgoing = paho::message::create(std::move(message.topic), std::move(message.payload),
                                              message.qos, message.retain);
        const std::lock_guard lock{paho_mutex()};
        client_->publish(std::move(outgoing), as_context(sequence), *this);
    }

private:
    // The number travels through Paho in the place of a pointer.
    static void* as_context(std::uint64_t number) {
        static_assert(sizeof(void*) == sizeof(number));
        return reinterpret_cast<void*>(number);
    }

    static std::uint64_t context_of(const paho::token& token) {
        return reinterpret_cast<std::uint64_t>(token.get_user_context());
    }

    void on_success(const paho::token& token) override {
        try {
            switch (token.get_type()) {
                case paho::token::CONNECT:
                    accepted(token.get_connect_response());
                    break;
                case paho::token::SUBSCRIBE:
                    subscribed(context_of(token), token.get_subscribe_response());
                    break;
                case paho::token::PUBLISH:
                    listener_.on_publish_ended(context_of(token), true);
                    break;
                case paho::token::UNSUBSCRIBE:
                case paho::token::DISCONNECT:
                    break;  // Never asked for.
            }
        } catch (const std::exception& error) {
            // A response that can't be read: the attempt counts as failed.
            listener_.on_disconnected(error.what());
        }
    }

    void on_failure(const paho::token& token) override {
        switch (token.get_type()) {
            case paho::token::CONNECT:
                listener_.on_refused(refusal(token));
                break;
            case paho::token::SUBSCRIBE:
                listener_.on_subscribe_refused(context_of(token),
                                               code_text(token.get_reason_code()));
                break;
            case paho::token::PUBLISH:
                listener_.on_publish_ended(context_of(token), false);
                break;
            case paho::token::UNSUBSCRIBE:
            case paho::token::DISCONNECT:
                break;  // Never asked for.
        }
    }

    void accepted(const paho::connect_response& response) {
        Accepted result;
        result.session_present = response.is_session_present();
        const paho::properties& properties = response.get_properties();
        if (properties.contains(paho::property::RECEIVE_MAXIMUM)) {
            result.receive_maximum =
                paho::get<std::uint16_t>(properties, paho::property::RECEIVE_MAXIMUM);
        }
        if (properties.contains(paho::property::MAXIMUM_PACKET_SIZE)) {
            result.packet_max_bytes =
                paho::get<std::uint32_t>(properties, paho::property::MAXIMUM_PACKET_SIZE);
        }
        send_without_delay(port_);
        listener_.on_accepted(result);
    }

    void subscribed(std::size_t index, const paho::subscribe_response& response) {
        const auto& codes = response.get_reason_codes();
        const int code = codes.empty() ? kRefusedReasonCode : static_cast<int>(codes.front());
        if (code >= kRefusedReasonCode) {
            listener_.on_subscribe_refused(index, code_text(code));
        } else {
            listener_.on_subscribed(index, code);
        }
    }

    // The token has the library's message, but tells it only in an exception.
    Refusal refusal(const paho::token& token) const {
        std::string message;
        try {
            (void)token.get_connect_response();
        } catch (const paho::exception& error) {
            message = error.get_message();
        } catch (const std::exception& error) {
            message = error.what();
        }
        const int code = token.get_return_code();
        if (message == kPahoConnackMessage) {
            const bool version = code == kConnackBadProtocol311 || code == kConnackBadProtocol5;
            return {version && protocol_ == MQTTVERSION_5 ? Refusal::Kind::protocol
                                                          : Refusal::Kind::other,
                    "the broker refused: " + code_text(code)};
        }
        if (message == kPahoUnansweredMessage) {
            return {Refusal::Kind::unanswered, "the broker closed the connection at once"};
        }
        return {Refusal::Kind::other, message.empty() ? "not reachable" : message};
    }

    void arrived(const paho::message& message) {
        listener_.on_message(Message{message.get_topic(), message.get_payload_str(),
                                     message.get_qos(), message.is_retained(),
                                     message.is_duplicate()});
    }

    SessionListener& listener_;
    const int protocol_;
    const std::string port_;
    std::optional<paho::async_client> client_;
};

Session::Session(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}
Session::~Session() = default;

Result<std::unique_ptr<Session>> Session::create(const Options& options, const std::string& uri,
                                                 int protocol, SessionListener& listener) {
    try {
        auto impl = std::make_unique<Impl>(options, uri, protocol, listener);
        return std::unique_ptr<Session>{new Session{std::move(impl)}};
    } catch (const std::exception& error) {
        return unavailable(error);
    }
}

Result<void> Session::connect(const Options& options, const std::string& password) {
    try {
        impl_->connect(options, password);
        return {};
    } catch (const std::exception& error) {
        return unavailable(error);
    }
}

Result<void> Session::subscribe(std::size_t index, const Subscription& subscription) {
    try {
        impl_->subscribe(index, subscription);
        return {};
    } catch (const std::exception& error) {
        return unavailable(error);
    }
}

Result<void> Session::publish(OutgoingMessage message) {
    try {
        impl_->publish(std::move(message));
        return {};
    } catch (const std::exception& error) {
        return unavailable(error);
    }
}

}  // namespace mercaptan::mqtt
