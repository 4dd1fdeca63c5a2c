#include "tests/fleet/mqtt_connection.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace mercaptan::fleet {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kBackoffMin = 50ms;
constexpr std::chrono::milliseconds kBackoffMax = 2s;
constexpr std::chrono::milliseconds kPingEvery = 5s;
constexpr std::chrono::milliseconds kSilenceMax = 15s;
constexpr std::size_t kChunkBytes = 65'536;
constexpr std::uint16_t kSubscribePacketIdBase = 60'001;  // Above every PUBLISH slot.

}  // namespace

MqttConnection::MqttConnection(ConnectionOptions options, Handlers handlers, int epoll_fd,
                               std::uint64_t epoll_tag)
    : options_(std::move(options)),
      handlers_(std::move(handlers)),
      epoll_fd_(epoll_fd),
      epoll_tag_(epoll_tag),
      rng_(options_.seed),
      chunk_(kChunkBytes),
      slots_(options_.window),
      backoff_(kBackoffMin) {
    for (std::size_t i = options_.window; i > 0; --i) {
        free_slots_.push_back(static_cast<std::uint16_t>(i - 1));
    }
}

MqttConnection::~MqttConnection() {
    if (fd_ >= 0) ::close(fd_);
}

void MqttConnection::tick(MonoTime now) {
    switch (state_) {
        case State::down:
            if (now >= retry_at_) dial(now);
            return;
        case State::connecting:
        case State::handshake:
            if (now - last_heard_ > kSilenceMax) lose(now);
            return;
        case State::up:
            if (now - last_heard_ > kSilenceMax) return lose(now);
            if (now - last_ping_ > kPingEvery) {
                last_ping_ = now;
                out_ += encode_pingreq();
                flush();
            }
            return;
        case State::closed:
            return;
    }
}

void MqttConnection::dial(MonoTime now) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    last_heard_ = now;
    if (::getaddrinfo(options_.host.c_str(), options_.port.c_str(), &hints, &found) != 0) {
        return lose(now);
    }
    fd_ = ::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int connected = -1;
    if (fd_ >= 0) {
        const int on = 1;
        ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        connected = ::connect(fd_, found->ai_addr, found->ai_addrlen);
    }
    const bool pending = connected == 0 || errno == EINPROGRESS;
    ::freeaddrinfo(found);
    if (fd_ < 0 || !pending) return lose(now);
    state_ = State::connecting;
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT;
    event.data.u64 = epoll_tag_;
    ::epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd_, &event);
    watching_writes_ = true;
    out_ = encode_connect(options_.login);
    out_at_ = 0;
}

void MqttConnection::lose(MonoTime now) {
    if (fd_ >= 0) ::close(fd_);  // Also takes it out of the epoll set.
    fd_ = -1;
    state_ = State::down;
    in_.clear();
    out_.clear();
    out_at_ = 0;
    const auto jittered =
        static_cast<std::int64_t>(static_cast<double>(backoff_.count()) * rng_.between(0.5, 1.0));
    retry_at_ = now + std::chrono::milliseconds{jittered};
    backoff_ = std::min(backoff_ * 2, kBackoffMax);
}

void MqttConnection::watch(bool for_writing) {
    if (for_writing == watching_writes_) return;
    epoll_event event{};
    event.events = for_writing ? EPOLLIN | EPOLLOUT : EPOLLIN;
    event.data.u64 = epoll_tag_;
    ::epoll_ctl(epoll_fd_, EPOLL_CTL_MOD, fd_, &event);
    watching_writes_ = for_writing;
}

void MqttConnection::on_event(std::uint32_t events, MonoTime now) {
    if (fd_ < 0) return;
    if (state_ == State::connecting && (events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0) {
        int error = 0;
        socklen_t size = sizeof error;
        ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
        if (error != 0) return lose(now);
        state_ = State::handshake;
    }
    if ((events & EPOLLOUT) != 0) flush();
    if ((events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0) read_all(now);
}

void MqttConnection::flush() {
    if (fd_ < 0 || state_ == State::connecting) return;
    while (out_at_ < out_.size()) {
        const ssize_t written =
            ::send(fd_, out_.data() + out_at_, out_.size() - out_at_, MSG_NOSIGNAL);
        // A broken connection shows itself to the next read, which also cleans up.
        if (written < 0) break;
        out_at_ += static_cast<std::size_t>(written);
    }
    if (out_at_ == out_.size()) {
        out_.clear();
        out_at_ = 0;
    }
    watch(!out_.empty());
}

void MqttConnection::read_all(MonoTime now) {
    for (;;) {
        const ssize_t got = ::recv(fd_, chunk_.data(), chunk_.size(), 0);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) break;
        if (got <= 0) return lose(now);
        last_heard_ = now;
        in_.append(chunk_.data(), static_cast<std::size_t>(got));
        if (static_cast<std::size_t>(got) < chunk_.size()) break;
    }
    std::size_t done = 0;
    while (const auto packet = first_packet(std::string_view{in_}.substr(done))) {
        done += packet->size;
        on_packet(*packet, now);
        if (fd_ < 0) return;  // Lost while handling it, and the buffer with it.
    }
    in_.erase(0, done);
    flush();
}

void MqttConnection::on_packet(const Packet& packet, MonoTime now) {
    switch (static_cast<PacketType>(packet.type)) {
        case PacketType::connack:
            return on_connack(packet, now);
        case PacketType::publish:
            return on_publish(packet);
        case PacketType::puback:
            return on_puback(packet_id_of(packet));
        case PacketType::suback:
        case PacketType::pingresp:
            return;
    }
}

void MqttConnection::on_connack(const Packet& packet, MonoTime now) {
    if (packet.body.size() < 2 || packet.body[1] != 0) return lose(now);
    state_ = State::up;
    backoff_ = kBackoffMin;
    last_ping_ = now;
    if (was_up_) ++reconnects_;
    was_up_ = true;
    std::uint16_t packet_id = kSubscribePacketIdBase;
    for (const std::string& filter : options_.filters)
        out_ += encode_subscribe(packet_id++, filter);
    resend();
    drain_waiting();
    flush();
    if (handlers_.on_up) handlers_.on_up();
}

void MqttConnection::on_puback(std::uint16_t packet_id) {
    const std::size_t index = std::size_t{packet_id} - 1;
    if (packet_id == 0 || index >= slots_.size() || !slots_[index].used) return;
    slots_[index].used = false;
    free_slots_.push_back(static_cast<std::uint16_t>(index));
    handlers_.on_puback(slots_[index].token);
    drain_waiting();
}

void MqttConnection::on_publish(const Packet& packet) {
    const auto message = parse_publish(packet);
    if (!message) return;
    if (message->packet_id != 0) out_ += encode_puback(message->packet_id);
    if (handlers_.on_message) handlers_.on_message(message->topic, message->payload);
}

void MqttConnection::publish(std::string_view topic, std::string_view payload, bool retain,
                             std::uint64_t token) {
    PublishFrame frame = encode_publish(topic, payload, retain);
    if (has_room()) {
        send(std::move(frame), token);
    } else {
        waiting_.push_back({std::move(frame), token});
    }
}

void MqttConnection::send(PublishFrame frame, std::uint64_t token) {
    const std::uint16_t index = free_slots_.back();
    free_slots_.pop_back();
    set_packet_id(frame, static_cast<std::uint16_t>(index + 1));
    out_ += frame.bytes;
    slots_[index] = {std::move(frame), token, next_order_++, true};
}

void MqttConnection::resend() {
    std::vector<Slot*> pending;
    for (Slot& slot : slots_) {
        if (slot.used) pending.push_back(&slot);
    }
    std::sort(pending.begin(), pending.end(),
              [](const Slot* a, const Slot* b) { return a->order < b->order; });
    for (Slot* slot : pending) {
        mark_duplicate(slot->frame);
        out_ += slot->frame.bytes;
        ++resent_;
    }
}

void MqttConnection::drain_waiting() {
    while (up() && !free_slots_.empty() && !waiting_.empty()) {
        Waiting next = std::move(waiting_.front());
        waiting_.pop_front();
        send(std::move(next.frame), next.token);
    }
}

void MqttConnection::close_gracefully() {
    if (up()) {
        out_ += encode_disconnect();
        flush();
    }
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
    state_ = State::closed;
}

}  // namespace mercaptan::fleet
