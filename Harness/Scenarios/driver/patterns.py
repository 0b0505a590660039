"""The bytes that Harness/Probes/output.c writes."""


def pattern(count, salt):
    # The period in n of ((n * 2654435761 + salt) >> 7) & 255 is 2^15: it depends on the low 15 bits of n only.
    period = bytes((((n * 2654435761 + salt) >> 7) & 255) for n in range(1 << 15))
    return (period * (count // len(period) + 1))[:count]
