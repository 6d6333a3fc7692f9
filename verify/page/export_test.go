package page

// HandlerOf lets tests serve a page of parts that they have built themselves.
var HandlerOf = handlerOf
