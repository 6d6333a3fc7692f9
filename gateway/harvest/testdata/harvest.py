"""Walks a paged DCAT catalogue with rdflib as CKAN's harvester does, and prints what
it would make of each data set.

Which properties are read, and how the next page is found, is what the documentation
of ckanext-dcat states: docs/mapping.md, and the class hydra:PagedCollection.
"""

import json
import sys
import urllib.request

import rdflib
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDF

HYDRA = rdflib.Namespace("http://www.w3.org/ns/hydra/core#")

# CKAN's field: DCAT's property
FIELDS = {
    "title": DCTERMS.title,
    "notes": DCTERMS.description,
    "url": DCAT.landingPage,
    "identifier": DCTERMS.identifier,
    "issued": DCTERMS.issued,
    "modified": DCTERMS.modified,
    "frequency": DCTERMS.accrualPeriodicity,
    "access_rights": DCTERMS.accessRights,
    "spatial_uri": DCTERMS.spatial,
}


def text(graph, subject, predicate):
    value = graph.value(subject, predicate)
    return "" if value is None else str(value)


def dataset(graph, subject):
    made = {field: text(graph, subject, predicate) for field, predicate in FIELDS.items()}
    made["uri"] = str(subject)
    made["tags"] = sorted(str(tag) for tag in graph.objects(subject, DCAT.keyword))
    publisher = graph.value(subject, DCTERMS.publisher)
    made["publisher"] = {
        "uri": str(publisher),
        "name": text(graph, publisher, FOAF.name),
        "identifier": text(graph, publisher, DCTERMS.identifier),
    }
    made["resources"] = [
        {"name": text(graph, each, DCTERMS.title), "url": text(graph, each, DCAT.downloadURL) or text(graph, each, DCAT.accessURL)}
        for each in graph.objects(subject, DCAT.distribution)
    ]
    return made


def next_page(graph):
    for page in graph.subjects(RDF.type, HYDRA.PagedCollection):
        for address in graph.objects(page, HYDRA.next):
            return str(address)
    return None


def main(address, public, server):
    """Addresses below public are asked of server."""
    pages, found = 0, []
    while address:
        with urllib.request.urlopen(address.replace(public, server), timeout=60) as answer:
            graph = rdflib.ConjunctiveGraph()
            graph.parse(data=answer.read(), format="json-ld")
        pages += 1
        found += [dataset(graph, subject) for subject in graph.subjects(RDF.type, DCAT.Dataset)]
        address = next_page(graph)
    json.dump({"pages": pages, "datasets": found}, sys.stdout)


main(*sys.argv[1:])
