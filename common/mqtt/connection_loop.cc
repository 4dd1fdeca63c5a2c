#include "common/mqtt/connection_loop.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <utility>

#include "common/domain/check.h"
#include "common/log/log.h"

namespace mercaptan::mqtt {
namespace {

using std::chrono::steady_clock;

constexpr int kProtocol5 = 5;
constexpr int kProtocol311 = 4;
constexpr std::size_t kUnansweredBefore311 = 3;  // Then every fourth attempt tries 3.1.1.
constexpr std::size_t kPasswordMaxBytes = 65'535;

// Without the line ends that editors and `echo` leave. Its text is in no error.
Result<std::string> read_password(const std::string& path) {
    if (path.empty()) {
        return std::string{};
    }
    const std::ifstream file{path, std::ios::binary};
    std::ostringstream content;
    content << file.rdbuf();  // Fails for a file that is empty too.
    std::string text = content.str();
    if (!content || text.size() > kPasswordMaxBytes) {
        return fail(ErrorCode::io, path + ": can't be read as a password file", "password_file");
    }
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) {
        text.pop_back();
    }
    return text;
}

}  // namespace

ConnectionLoop::ConnectionLoop(Options options, std::vector<Subscription> subscriptions,
                               Handlers handlers)
    : options_{std::move(options)},
      subscriptions_{std::move(subscriptions)},
      handlers_{std::move(handlers)},
      endpoint_{*parse_uri(options_.uri)},
      outbox_{static_cast<std::size_t>(options_.max_inflight), options_.max_inflight_bytes},
      backoff_{options_.backoff_min, options_.backoff_max, std::random_device{}()} {}

ConnectionLoop::~ConnectionLoop() {
    stop();
}

void ConnectionLoop::start() {
    MERCAPTAN_CHECK(!thread_.joinable());
    thread_ = std::thread{[this] { run(); }};
}

void ConnectionLoop::stop() {
    want(Want::stop);
    if (thread_.joinable()) {
        thread_.join();
    }
}

void ConnectionLoop::want(Want want) {
    const std::lock_guard lock{mutex_};
    if (want_ != Want::stop) {
        want_ = want;
    }
    changed_.notify_all();
}

Result<void> ConnectionLoop::publish(std::string_view topic, std::string_view payload, int qos,
                                     bool retain, std::uint64_t token) {
    auto accepted = outbox_.put(topic, payload, qos, retain, token);
    if (accepted) {
        const std::lock_guard lock{mutex_};  // Else the loop could miss it between look and wait.
        changed_.notify_all();
    }
    return accepted;
}

Stats ConnectionLoop::stats() const {
    const Outbox::Counts counts = outbox_.counts();
    const std::lock_guard lock{mutex_};
    Stats stats = stats_;
    stats.publishes_refused = counts.refused;
    stats.inflight = counts.inflight;
    return stats;
}

// What the session reports.

void ConnectionLoop::on_accepted(const Accepted& accepted) {
    const std::lock_guard lock{mutex_};
    reports_.accepted = accepted;
    changed_.notify_all();
}

void ConnectionLoop::on_refused(const Refusal& refusal) {
    const std::lock_guard lock{mutex_};
    reports_.refused = refusal;
    changed_.notify_all();
}

void ConnectionLoop::on_subscribed(std::size_t index, int granted_qos) {
    const Subscription& asked = subscriptions_.at(index);
    if (granted_qos < asked.qos) {
        on_subscribe_refused(index, "granted only QoS " + std::to_string(granted_qos));
        return;
    }
    const std::lock_guard lock{mutex_};
    ++reports_.granted;
    changed_.notify_all();
}

void ConnectionLoop::on_subscribe_refused(std::size_t index, std::string_view reason) {
    const std::string& filter = subscriptions_.at(index).filter;
    log::error("mqtt subscription refused client={} filter={} reason={}",
               log::quote(options_.client_id), log::quote(filter), log::quote(reason));
    on_disconnected("subscription refused: " + filter);
}

void ConnectionLoop::on_message(const Message& message) {
    if (handlers_.on_message) {
        handlers_.on_message(message);
    }
}

void ConnectionLoop::on_publish_ended(std::uint64_t sequence, bool ok) {
    if (const auto token = outbox_.end(sequence)) {
        publish_ended(*token, ok);
    }
    const std::lock_guard lock{mutex_};
    changed_.notify_all();
}

void ConnectionLoop::on_disconnected(std::string_view reason) {
    outbox_.shut();
    const std::lock_guard lock{mutex_};
    if (!reports_.broken) {
        reports_.broken = std::string{reason};
    }
    changed_.notify_all();
}

// The loop.

void ConnectionLoop::run() {
    constexpr auto forever = SteadyTime::max();
    while (!is_wanted(Want::stop)) {
        if (is_wanted(Want::pause)) {
            (void)wait_until(forever, [this] { return want_ != Want::pause; });
            backoff_.reset();
            continue;
        }
        at_once_ = false;
        attempt();
        if (!at_once_) {
            (void)wait_until(steady_clock::now() + backoff_.next(), [] { return false; });
        }
    }
}

// One connection, from the look-up of the broker's name to the end of it.
void ConnectionLoop::attempt() {
    {
        const std::lock_guard lock{mutex_};
        reports_ = {};
    }
    const auto deadline = steady_clock::now() + options_.connect_timeout;
    auto ready = connect(deadline);
    if (ready) {
        ready = subscribe(deadline);
    }
    if (ready) {
        serve();
    }
    bury_session();
    if (!ready && is_wanted(Want::run)) {
        attempt_failed(ready.error());
    }
}

Result<void> ConnectionLoop::connect(SteadyTime deadline) {
    const auto password = read_password(options_.password_file);
    if (!password) {
        return Failure{password.error()};
    }
    const auto uri = address(deadline);
    if (!uri) {
        return Failure{uri.error()};
    }
    auto session = Session::create(options_, *uri, protocol(), *this);
    if (!session) {
        return Failure{session.error()};
    }
    session_ = std::move(*session);
    if (auto begun = session_->connect(options_, *password); !begun) {
        return begun;
    }
    const bool answered = wait_until(
        deadline, [this] { return reports_.accepted || reports_.refused || reports_.broken; });
    const std::lock_guard lock{mutex_};
    if (!answered) {
        return fail(ErrorCode::unavailable, "no answer from the broker");
    }
    if (!reports_.accepted) {
        return fail(ErrorCode::unavailable,
                    reports_.refused ? reports_.refused->reason : *reports_.broken);
    }
    return {};
}

Result<void> ConnectionLoop::subscribe(SteadyTime deadline) {
    for (std::size_t index = 0; index < subscriptions_.size(); ++index) {
        if (auto asked = session_->subscribe(index, subscriptions_[index]); !asked) {
            return asked;
        }
    }
    const bool answered = wait_until(
        deadline, [this] { return reports_.broken || reports_.granted == subscriptions_.size(); });
    const std::lock_guard lock{mutex_};
    if (!answered) {
        return fail(ErrorCode::unavailable, "subscriptions not answered in time");
    }
    if (reports_.broken) {
        return fail(ErrorCode::unavailable, *reports_.broken);
    }
    return {};
}

// Ready: feeds the session until it is lost or not wanted any more.
void ConnectionLoop::serve() {
    Accepted accepted;
    {
        const std::lock_guard lock{mutex_};
        accepted = *reports_.accepted;
        ++stats_.connects;
        stats_.protocol = protocol();
    }
    unanswered_ = 0;
    const auto inflight_max = static_cast<std::size_t>(options_.max_inflight);
    outbox_.open(std::min(inflight_max, accepted.receive_maximum), accepted.packet_max_bytes);
    const auto since = steady_clock::now();
    log::info("mqtt connected client={} uri={} protocol={} session={}",
              log::quote(options_.client_id), log::quote(options_.uri), protocol(),
              accepted.session_present);
    if (handlers_.on_ready) {
        handlers_.on_ready(accepted.session_present);
    }
    const auto lost = [this] { return reports_.broken.has_value(); };
    std::unique_lock lock{mutex_};
    while (want_ == Want::run && !lost()) {
        lock.unlock();
        while (auto message = outbox_.take()) {
            const std::uint64_t sequence = message->sequence;
            if (!session_->publish(std::move(*message))) {
                on_publish_ended(sequence, false);
            }
        }
        lock.lock();
        changed_.wait(lock, [&] { return want_ != Want::run || lost() || outbox_.can_take(); });
    }
    if (want_ == Want::run) {
        ++stats_.losses;
        const std::string reason = *reports_.broken;
        lock.unlock();
        log::warn("mqtt connection lost client={} reason={}", log::quote(options_.client_id),
                  log::quote(reason));
        outbox_.shut();
        if (handlers_.on_lost) {
            handlers_.on_lost(reason);
        }
    }
    // One that did not last, as of two clients with the same name, must not come back at once.
    if (steady_clock::now() - since >= options_.backoff_max) {
        backoff_.reset();
    }
}

void ConnectionLoop::bury_session() {
    outbox_.shut();
    session_.reset();
    for (const std::uint64_t token : outbox_.clear()) {
        publish_ended(token, false);
    }
}

void ConnectionLoop::attempt_failed(const Error& error) {
    const std::lock_guard lock{mutex_};
    ++stats_.connect_failures;
    log::warn("mqtt connect failed client={} uri={} protocol={} reason={}",
              log::quote(options_.client_id), log::quote(options_.uri), protocol(),
              log::quote(error.message));
    const bool unanswered = reports_.refused && reports_.refused->kind == Refusal::Kind::unanswered;
    if (reports_.refused && reports_.refused->kind == Refusal::Kind::protocol) {
        protocol_refused_ = true;
        at_once_ = true;
    } else {
        unanswered_ = unanswered ? unanswered_ + 1 : 0;
        ++address_turn_;
    }
}

// Where to connect to. A name is looked up here, and TLS still needs it to check the certificate.
Result<std::string> ConnectionLoop::address(SteadyTime deadline) {
    const auto addresses =
        resolver_.resolve(endpoint_, deadline, [this] { return !is_wanted(Want::run); });
    if (addresses.empty()) {
        return fail(ErrorCode::unavailable, "the broker's name has no address");
    }
    return endpoint_.uri(endpoint_.tls ? endpoint_.host
                                       : addresses[address_turn_ % addresses.size()]);
}

int ConnectionLoop::protocol() const {
    const bool guess_311 = unanswered_ % (kUnansweredBefore311 + 1) == kUnansweredBefore311;
    const bool use_311 = options_.protocol == kProtocol311 || protocol_refused_ || guess_311;
    return use_311 ? kProtocol311 : kProtocol5;
}

// False at the deadline, or as soon as something else is wanted than to run (or to pause, while
// paused). `reached` is asked with mutex_ held.
bool ConnectionLoop::wait_until(SteadyTime deadline, const std::function<bool()>& reached) {
    std::unique_lock lock{mutex_};
    const Want before = want_;
    const auto over = [&] { return want_ != before || want_ == Want::stop || reached(); };
    if (deadline == SteadyTime::max()) {
        changed_.wait(lock, over);
    } else {
        changed_.wait_until(lock, deadline, over);
    }
    return want_ == before && reached();
}

bool ConnectionLoop::is_wanted(Want want) const {
    const std::lock_guard lock{mutex_};
    return want_ == want;
}

void ConnectionLoop::publish_ended(std::uint64_t token, bool ok) {
    if (!ok) {
        const std::lock_guard lock{mutex_};
        ++stats_.publishes_failed;
    }
    if (handlers_.on_published) {
        handlers_.on_published(token, ok);
    }
}

}  // namespace mercaptan::mqtt
