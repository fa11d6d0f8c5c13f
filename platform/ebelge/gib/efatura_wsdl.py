"""The contract of e-Fatura, served at ?wsdl by us and by the simulator: written from the facts of GİB's service."""

NAMESPACE = "http://gib.gov.tr/vedop3/eFatura"

_ELEMENTS = {
    "documentRequest": (("fileName", "xs:string"), ("binaryData", "xs:base64Binary"), ("hash", "xs:string")),
    "documentResponse": (("msg", "xs:string"), ("hash", "xs:string")),
    "getAppRespRequest": (("instanceIdentifier", "xs:string"),),
    "getAppRespResponse": (("applicationResponse", "xs:string"),),
    "EFaturaFault": (("code", "xs:int"), ("msg", "xs:string")),
}
_OPERATIONS = {
    "sendDocument": ("documentRequest", "documentResponse"),
    "getApplicationResponse": ("getAppRespRequest", "getAppRespResponse"),
}


def wsdl(service_url: str) -> bytes:
    """A WSDL 1.1 description of the two operations, SOAP 1.2, document/literal, at `service_url`."""
    types = "".join(
        f'<xs:element name="{name}"><xs:complexType><xs:sequence>'
        + "".join(f'<xs:element name="{field}" type="{kind}" minOccurs="0"/>' for field, kind in fields)
        + "</xs:sequence></xs:complexType></xs:element>"
        for name, fields in _ELEMENTS.items()
    )
    messages = "".join(
        f'<w:message name="{name}"><w:part name="body" element="t:{name}"/></w:message>' for name in _ELEMENTS
    )
    port = "".join(
        f'<w:operation name="{name}"><w:input message="t:{request}"/><w:output message="t:{response}"/>'
        '<w:fault name="EFaturaFault" message="t:EFaturaFault"/></w:operation>'
        for name, (request, response) in _OPERATIONS.items()
    )
    binding = "".join(
        f'<w:operation name="{name}"><s:operation soapAction="{name}" style="document"/>'
        '<w:input><s:body use="literal"/></w:input><w:output><s:body use="literal"/></w:output>'
        '<w:fault name="EFaturaFault"><s:fault name="EFaturaFault" use="literal"/></w:fault></w:operation>'
        for name in _OPERATIONS
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<w:definitions xmlns:w="http://schemas.xmlsoap.org/wsdl/" '
        'xmlns:s="http://schemas.xmlsoap.org/wsdl/soap12/" xmlns:xs="http://www.w3.org/2001/XMLSchema" '
        f'xmlns:t="{NAMESPACE}" targetNamespace="{NAMESPACE}" name="EFatura">'
        f'<w:types><xs:schema targetNamespace="{NAMESPACE}">{types}</xs:schema></w:types>{messages}'
        f'<w:portType name="EFaturaPortType">{port}</w:portType>'
        '<w:binding name="EFaturaSoapBinding" type="t:EFaturaPortType">'
        f'<s:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>{binding}</w:binding>'
        '<w:service name="EFatura"><w:port name="EFaturaSoap12" binding="t:EFaturaSoapBinding">'
        f'<s:address location="{service_url}"/></w:port></w:service></w:definitions>'
    ).encode()
