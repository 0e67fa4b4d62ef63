//! Words that mean the same or nothing: legal forms, small words, and words of organisations in many languages.
//!
//! Written by hand from general knowledge. The first word of each line is the one that the others are read as. Words are
//! in the lower-case Latin form of [`super::fold`].

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

/// What a word is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Class {
    /// A word that tells accounts apart.
    Core,
    /// A legal form, or a word as empty as one (group, holding): counted apart.
    Legal,
    /// An article, preposition or conjunction.
    Small,
}

const LEGAL: &str = "\
ltd limited lmtd ltda limitada limitee
inc incorporated
corp corporation
co company cie compagnie companhia compania cia coltd coinc
llc lc
llp lp lllp
plc pcl
gmbh mbh gesellschaft haftung beschrankter
ag aktiengesellschaft
kg kgaa ohg gbr ug ek
sa sas sasu sarl sapa anonyme anonima societe sociedad sociedade societa spa slu sl srl sl sicav
se
bv nv bvba cvba vof cv naamloze vennootschap besloten
ab publ aktiebolag oyj oy abp
as asa aps hf ehf ohf
sro spol
spzoo zoo sp oo spolka zo
doo dd ad ead eood ood
jsc ojsc cjsc pjsc oao ooo zao pao ao tov tob pat prat
kft zrt nyrt bt rt
uab sia ou
eireli sab saa sac sapi saic
bhd berhad sdn
pte pvt pty private
tbk pt persero
kk gk kabushiki kaisha kabushikigaisha gaisha yugenkaisha godogaisha yk zhushihuishe youxianhuishe jusighoesa jusikhoesa yuhanhoesa
gufenyouxiangongsi youxianzerengongsi youxiangongsi gufen gongsi
sae saog saoc psc psk fze fzc fzco wll bsc kscp ksc kpsc sakc sak
sti sirketi anonim tas san tic ticaret sanayi ve vd
holding holdings hldg hldgs beheer
group grp groupe gruppe grupo gruppo groep jituan
ev eg ev
trust
formerly hq
foundationinc";

const SMALL: &str = "the of and de la le les des du der die das den und et y e i for in on at by van von di da do dos \
    das del della dell delle degli dei fur fuer a an im am na w v u sur pour para en em zu zum zur al el l d s og och \
    os ja i plus mit per con with to voor het een aux au im z ze nad pri po";

const WORDS: &str = "\
university universite universitat universitaet universidad universidade universita universitet universiteti universitesi universitas univerzita uniwersytet universiteit yliopisto egyetem univ daigaku daxue daehaggyo universitatea univerzitet sveuciliste universitate ulikoulu visvvidyaly visvavidyalaya gjamet universitets universiti
institute institut instituto istituto instytut institutet instituut institutul intezet ustav inst enstitusu instituta insttityut yeonguso yanjiusuo kenkyujo yanjiuyuan yanjiusuo
research recherche recherches forschung investigacion investigacao ricerca onderzoek badan issledovaniy rsch yanjiu kenkyu
center centre centro zentrum centrum ctr merkezi merkez tsentr senta zhongxin zhongxin central
college kolej collegium kollezh xueyuan colegio
school schule escola ecole escuela scuola szkola skola shkola okulu okullari
hospital hopital krankenhaus klinikum hospitalier ospedale szpital sygehus ziekenhuis sairaala bolnica nemocnice hosp yiyuan byouin byeongwon hastanesi bolnitsa spital
clinic klinik clinique clinica klinika
bank banco banque banca banka bnk bk yinhang ginko eunhaeng bankasi bankas
technology technologies technologie tech tecnologia tecnologie tehnologii tekhnologii technical technological technologii technol keji teknoloji teknologi techn technologique technische technischen tecnologica tecnologico
international intl internationale internacional internazionale mezhdunarodnyy guoji int kokusai miedzynarodowy
national nationale nacional nazionale natl narodowy nationales natsionalnyy guojia gukrib kokuritsu nasional ulusal nats
ministry ministere ministerio ministerium ministero kementerian ministerstvo ministerstwo bakanligi ministerie ministeriet
foundation fundacion stiftung fondation fundacao fondazione stichting fundacja vakfi nadace fond zaidan stiftelsen fonds jijinhui
association associacao asociacion associazione verein assoc assn asso vereniging dernegi stowarzyszenie xiehui kyokai assotsiatsiya forening asociatia
society gesellschaften selskab obshchestvo genootschap xuehui gakkai towarzystwo
academy akademie academie academia accademia akademia akademiya akademisi acad akademija
development developpement desarrollo entwicklung sviluppo desenvolvimento dev develop devel
science sciences ciencia ciencias wissenschaft wissenschaften scienze nauk nauka sci scienza ved kexue
health sante salud gesundheit saude salute zdrowia
medical medico medica medicale medizin medizinische medicine medecine medicina medycyny meditsinskiy med medisch yixue
pharmaceutical pharmaceuticals pharma pharm pharmaceutica farma ilac zhiyao yaoye seiyaku pharmacy pharmacie apotheke farmacia apteka apotek
energy energie energia energi enerji enerhiya energo energiya en
service services servicio servicios servico servicos svcs svc serv servis dienst dienste diensten servizi
system systems systeme systemes sistema sistemas sistemi sys sistem
management gestion mgmt gestao mgt
manufacturing mfg manuf manufacture mfrs
industry industries industria industrie ind indl industrial industriya industrias industriel industrielle sanoat gongye kogyo
engineering eng engr ingenieria ingenierie ingegneria engenharia gongcheng engg
development dvlpt devt
investment investments invest inv invs yatirim investissement inversiones investimentos touzi investments
insurance ins versicherung assurance assurances seguros assicurazioni sigorta baoxian hoken versicherungen
electric electrical elec elektrik electrique electricite electricity elettrica electrica electronics elektronik dianqi denki denki denryoku elektro
chemical chemicals chem chemie chimie chimica quimica kimya huaxue kagaku chemistry
construction constr construcciones construction insaat kensetsu jianshe jianzhu bau construcoes
food foods lebensmittel alimentos gida shipin shokuhin aliments
resources res ressources recursos
financial finl finance finances finanz financiera finansal fin financiere
transportation transp transport transportes trans transports ulasim
communications comms communication comunicaciones telecom telecommunications telecomunicaciones telekom tongxin telekommunikation
petroleum petr petroleo petrol shiyou sekiyu
properties props property
products prod product produits produkte productos prods
general gen general
laboratory laboratories lab labs laboratoire laboratorio laboratorium laboratoriya
department dept departamento departement abteilung dipartimento departament
government govt gobierno governo gouvernement regierung
state estatal gosudarstvennyy staatliche stato estado etat panstwowy statni
city stadt ciudad ville municipio gmina shi stad kommune kommun gemeente comune shiyakusho belediyesi ayuntamiento municipality cidade prefeitura gemeinde mairie
police polizei policia policja polizia politie polis
library bibliotheque bibliothek biblioteca biblioteka bibliotheek kirjasto toshokan tushuguan
museum musee museo museu muzeum muzeul bowuguan hakubutsukan
church kirche eglise iglesia igreja chiesa
hotel hotels hotell jiudian hoteles
restaurant restaurants ristorante restaurante restoran
market supermarket supermarkt supermercado supermarche supermercados markt mercado marche
store stores shop shops tienda magasin laden
association assn
american amer
brothers bros
saint st sankt san santo santa ste sint
agricultural agriculture agricola agricole agrar agri agro nongye landwirtschaft agropecuaria selskokhozyaystvennyy
environment environmental environnement umwelt ambiente milieu
water wasser agua eau acqua voda su shui
north nord norte
south sud sul sur sued
east ost est este
west ouest oeste
new neue nouveau nueva nuevo nova nuova novo
applied angewandte appliquee aplicada applicata
polytechnic politeknik politecnico politechnika polytechnique politecnica polytekhnik
higher hochschule hogeschool fachhochschule hogskolan hogskola
electric elek
mining minera bergbau miniere mines madencilik
auto automotive automobile automobiles automobil otomotiv qiche jidosha automoviles
steel stahl acier celik gangtie seiko acero
power kraft puissance
children childrens kinder enfants
german deutsche deutscher deutsches germany deutschland allemagne
french francais francaise francaises france
italian italiano italiana italy italia
spanish espanol espanola spain espana
austrian osterreichische austria osterreich oesterreich
swiss schweizerische schweizer switzerland schweiz suisse svizzera
czech cesky ceska ceske republiky cr
slovak slovenska slovensky slovakia
polish polski polska polskiej poland
hungarian magyar hungary
russian rossiyskiy rossii rossiya russia rossiyskaya rf
ukrainian ukraini ukrainskiy ukraine ukraina ukrayini
chinese china zhongguo
japanese japan nippon nihon riben
korean korea hangug hanguk
indian india bharatiya bhartiy bharat
turkish turkiye turkey turk
finnish suomen finland finlands suomi
swedish svenska sweden sverige sveriges
norwegian norske norges norway norge norsk
danish dansk danske denmark danmark
dutch nederlandse nederlands netherlands nederland
belgian belge belgium belgique belgie
european europeen europeenne europe europa europaische
mexican mexicano mexicana mexico
brazilian brasileiro brasileira brazil brasil
vienna wien
lisbon lisboa
munich munchen
cologne koln
prague praha prahy
rome roma
milan milano
moscow moskovskiy moskva moskovskaya
warsaw warszawa warszawie
geneva geneve genf
zurich zuerich
usa us unitedstates america
uk gb
world mondial mundial welt
physics physique fisica physik fiziki fizyki
biology biologie biologia biologii
history histoire historia geschichte storia
law droit derecho recht direito
economics economie economia okonomie
culture kultur cultura
art arts kunst arte
social sociale soziale
education educacion educacao erziehung bildung istruzione edukacji jiaoyu egitim educational
training formation ausbildung
public publico publique offentliche pubblica publica
federal federale bundes
regional region regionale
land
office bureau amt buro oficina ufficio biuro
agency agence agencia agentur agenzia agencja
council conseil consejo rat consiglio rada conselho
commission comision kommission commissione comissao
committee comite komitee comitato komitet
union unione union syndicat
federation foderation federacion federacao federazione
cooperative cooperativa genossenschaft coop cooperatives coop
network reseau red netzwerk rete netz
station shikenjo
solutions solution soluciones losungen
software
computer computing informatique informatik informatica
media
digital
global globe quanqiu
real re
estate immobilien inmobiliaria immobilier gayrimenkul immobiliare
house haus maison casa
consulting consultants consultancy conseils beratung
logistics logistik logistique logistica wuliu
trading trade handel comercio commerce maoyi boeki shoji commercial
partners partner
capital
security securities
motor motors
airlines airways air
textile textiles textil tekstil
paper papier kagit
cement ciment cemento cimento
sugar zucker sucre azucar
tourism turizm turismo tourisme
sport sports
club
cinema cinemas kino cine
pizza pizzeria
coffee cafe kaffee kafe
bakery backerei boulangerie panaderia";

/// Words written in Han, by which unspaced names are cut.
const HAN: &str = "股份有限公司 有限责任公司 有限責任公司 有限公司 股份公司 株式会社 株式會社 有限会社 合同会社 集团 集團 グループ 公司 股份 \
    大学 大學 学院 學院 学校 學校 研究所 研究院 研究 中心 银行 銀行 医院 醫院 病院 科技 技术 技術 国际 國際 国家 國家 中国 中國 日本 协会 協會 \
    協会 学会 學會 基金会 財団法人 社団法人 一般 公益 独立行政法人 国立 國立 电子 電子 电气 電気 電機 化学 化學 工业 工業 汽车 汽車 自動車 实业 \
    實業 投资 投資 控股 发展 發展 建设 建設 制药 製薬 药业 藥業 食品 能源 电力 電力 石油 钢铁 鋼鐵 製鋼 物流 贸易 貿易 商事 保险 保險 保険 \
    证券 證券 酒店 教育 图书馆 図書館 博物馆 博物館 市 省 県 北京 上海 广东 东京 東京 大阪 香港 台湾 臺灣 深圳 工程 材料 环境 医学 科学 农业 通信";

/// What a word of the table is read as.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sense {
    pub(crate) read_as: &'static str,
    pub(crate) class: Class,
}

/// The entry of a word in lower-case Latin, if there is one.
pub(crate) fn sense(word: &str) -> Option<Sense> {
    static TABLE: OnceLock<FxHashMap<&'static str, Sense>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let mut table = FxHashMap::default();
        let lines = |text: &'static str| text.lines().map(str::split_whitespace);
        for word in SMALL.split_whitespace() {
            table.entry(word).or_insert(Sense { read_as: word, class: Class::Small });
        }
        for (text, class) in [(LEGAL, Class::Legal), (WORDS, Class::Core)] {
            for line in lines(text) {
                let mut first = None;
                for word in line {
                    let read_as = *first.get_or_insert(word);
                    table.entry(word).or_insert(Sense { read_as, class });
                }
            }
        }
        table
    });
    table.get(word).copied()
}

/// How many letters of a Han text, from its beginning, are one word of the table; the longest one counts.
pub(crate) fn han_word(text: &str) -> Option<usize> {
    static TABLE: OnceLock<Vec<&'static str>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let mut words: Vec<&str> = HAN.split_whitespace().collect();
        words.sort_unstable_by_key(|word| std::cmp::Reverse(word.len()));
        words
    });
    table.iter().find(|word| text.starts_with(**word)).map(|word| word.chars().count())
}
