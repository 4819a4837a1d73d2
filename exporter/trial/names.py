"""What fields of other programs are usually called, by the native field that they are.

Names are compared without case and separators: the last step of a path, or its last two.
"""

from collections.abc import Mapping

NAMES: Mapping[str, tuple[str, ...]] = {
    "id": (
        *("generationid", "requestid", "responseid", "completionid", "callid", "messageid"),
        *("id", "uuid"),
    ),
    "timestamp": (
        *("timestamp", "createdat", "created", "requesttime", "starttime", "startedat", "started"),
        *("start", "time", "ts", "datetime", "eventtime", "loggedat", "at", "date"),
    ),
    "model": (
        *("modelslug", "model", "modelname", "modelid", "responsemodel", "requestmodel"),
        *("modelpermaslug", "llm", "llmmodel", "engine", "deployment", "deploymentid"),
    ),
    "provider": ("provider", "providername", "providerslug", "vendor", "llmprovider", "upstream"),
    "api_key": ("apikeyid", "apikeyname", "apikeyalias", "keyid", "keyname", "keyalias", "apikey"),
    "input_tokens": (
        *("inputtokens", "prompttokens", "tokensin", "tokensprompt", "contexttokens", "intokens"),
        *("tokensinput", "requesttokens", "prompttokencount", "numprompttokens", "ntokensprompt"),
    ),
    "output_tokens": (
        *("outputtokens", "completiontokens", "generatedtokens", "tokensout", "outtokens"),
        *("tokenscompletion", "tokensoutput", "responsetokens", "candidatestokencount"),
        *("numcompletiontokens", "ntokenscompletion"),
    ),
    "cost_usd": (
        *("costusd", "totalcostusd", "totalcost", "costtotal", "cost", "price", "spend", "usd"),
        *("responsecost", "amountusd", "amount", "costcents", "cents", "pricecents"),
    ),
    "latency_ms": (
        *("ttft", "ttftms", "ttfts", "timetofirsttoken", "timetofirsttokenms", "firsttokenms"),
        *("timetofirsttokenseconds", "firsttokenlatency", "firsttokenlatencyms", "ttftseconds"),
    ),
    "generation_ms": (
        *("generationtime", "generationtimems", "generationms", "generationseconds"),
    ),
    "finish_reason": ("finishreason", "stopreason", "finishreasonnormalized"),
    "status": ("status", "statuscode", "httpstatus", "outcome"),
    "error_type": ("errortype", "errorclass", "errorcode"),
    "streamed": ("streamed", "stream", "streaming", "isstream"),
    "cancelled": ("cancelled", "canceled", "aborted"),
}
# The whole duration of a request: only of use where no other duration is known.
DURATIONS = (
    *("duration", "durationms", "durations", "durationseconds", "elapsed", "elapsedms"),
    *("responsetime", "responsetimems", "totaltime", "totaltimems", "latency", "latencyms"),
    *("latencyseconds", "tooks", "tookms", "took"),
)
# How the last word of a name tells the unit of a duration; without one it is milliseconds.
UNIT_WORDS: Mapping[str, str] = {
    "s": "s",
    "sec": "s",
    "secs": "s",
    "seconds": "s",
    "us": "us",
    "micros": "us",
    "microseconds": "us",
    "ns": "ns",
    "nanos": "ns",
    "nanoseconds": "ns",
    "min": "min",
    "minutes": "min",
}
