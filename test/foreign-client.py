"""
Talks to Signalbox as any AMQP client may, with nothing of ours:

    foreign-client.py AMQP_URL tell ROUTING_KEY BODY   gives a command and waits until the broker has it
    foreign-client.py AMQP_URL ask  ROUTING_KEY BODY   asks a question and prints the answer
"""

import sys
import time

import pika

EXCHANGE = "signalbox.commands"
REPLIES = "amq.rabbitmq.reply-to"
PATIENCE_SECONDS = 20


def tell(channel, key, body):
    channel.confirm_delivery()
    channel.basic_publish(EXCHANGE, key, body, mandatory=True)


def ask(channel, key, body):
    answers = []
    # First of all: the broker takes the question only from a channel that waits for the answer.
    channel.basic_consume(
        REPLIES,
        lambda _channel, _method, properties, answer: answers.append((properties.type, answer)),
        auto_ack=True,
    )
    channel.basic_publish(EXCHANGE, key, body, pika.BasicProperties(reply_to=REPLIES))
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while not answers and time.monotonic() < give_up_at:
        channel.connection.process_data_events(time_limit=1)
    if not answers:
        sys.exit(f"no answer within {PATIENCE_SECONDS} s")
    [(kind, answer)] = answers
    print(kind, answer.decode())


def main(url, what, key, body):
    connection = pika.BlockingConnection(pika.URLParameters(url))
    {"tell": tell, "ask": ask}[what](connection.channel(), key, body.encode())
    connection.close()


main(*sys.argv[1:])
