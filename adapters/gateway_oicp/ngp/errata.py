"""Where the documents of the automation APIs contradict each other, and what we do about it."""

from collections.abc import Sequence

from gateway_oicp.erratum import Erratum

OF_AUTOMATION: Sequence[Erratum] = (
    Erratum(
        "casing of prices that the automation APIs report",
        "documents: Pascal case; sample for a CPO: camel case outside, Pascal case inside",
        "readers of one spelling see no prices",
        "either",
        "never; the simulated hub as in the sample",
    ),
    Erratum(
        "end of an unlimited offer",
        "OpenAPI: a date-time that is mandatory; sample: +13544-01-20T21:59:59.999Z",
        "no calendar of a programming language holds it, and the whole list is lost",
        "as no end; kept and given back",
        "left out",
    ),
    Erratum(
        "times of day in prices",
        "OpenAPI: an object of hour, minute, second, nano; documents and samples: 00:00:00",
        "generated readers refuse every price",
        "texts; an object is an error and kept",
        "texts, the end as the last second",
    ),
    Erratum(
        "leadTime of an offer",
        'documents: an integer; sample: "42"',
        "strict readers refuse the sample",
        "both, the text with a warning",
        "a number",
    ),
    Erratum(
        "ids of an offer that is not there yet",
        "documents: serviceOfferId and nextServiceOfferId are mandatory, the hub replaces them",
        "without them the offer is refused",
        "any text",
        "a text that says so",
    ),
    Erratum(
        "type of uploaded terms",
        "documents: a field of the form; OpenAPI: a parameter of the query",
        "the upload is refused by whoever looks elsewhere",
        "either",
        "both",
    ),
    Erratum(
        "length of the name of a group",
        "portal: 30 characters; OpenAPI: 50",
        "a name that the API took cannot be edited in the portal",
        "50",
        "30, or what a setting says",
    ),
)
